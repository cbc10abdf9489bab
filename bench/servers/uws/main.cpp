// The server under test on uWebSockets: its topics, one loop on one thread. README.md says how to build it.
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "App.h"

namespace {

struct Nothing {};
using Socket = uWS::WebSocket<false, true, Nothing>;
using Behavior = uWS::App::WebSocketBehavior<Nothing>;

// The defaults of the library but for three settings: no compression, the backpressure limit of its examples, and past
// that limit a subscriber is closed rather than left with a gap.
Behavior behavior() {
    Behavior b;
    b.compression = uWS::DISABLED;
    b.maxPayloadLength = 1024 * 1024;
    b.maxBackpressure = 1024 * 1024;
    b.closeOnBackpressureLimit = true;
    return b;
}

}  // namespace

int main(int argc, char **argv) {
    std::string host = "127.0.0.1";
    int port = 0;
    for (int i = 1; i + 1 < argc; i++) {
        if (std::strcmp(argv[i], "-addr") == 0) {
            std::string addr = argv[i + 1];
            auto colon = addr.rfind(':');
            if (colon == std::string::npos) {
                std::fprintf(stderr, "-addr: want HOST:PORT\n");
                return 2;
            }
            host = addr.substr(0, colon);
            port = std::atoi(addr.c_str() + colon + 1);
        }
    }
    rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    std::signal(SIGTERM, [](int) { std::_Exit(0); });

    uWS::App app;
    Behavior echo = behavior();
    echo.message = [](Socket *ws, std::string_view message, uWS::OpCode op) { ws->send(message, op); };
    Behavior sub = behavior();
    sub.open = [](Socket *ws) { ws->subscribe("all"); };
    Behavior pub = behavior();
    pub.message = [&app](Socket *, std::string_view message, uWS::OpCode op) { app.publish("all", message, op); };

    bool listening = false;
    app.ws<Nothing>("/echo", std::move(echo))
        .ws<Nothing>("/sub", std::move(sub))
        .ws<Nothing>("/pub", std::move(pub))
        .listen(host, port, [&](us_listen_socket_t *socket) {
            if (socket) {
                listening = true;
                std::printf("listening on %s:%d\n", host.c_str(), us_socket_local_port(0, reinterpret_cast<us_socket_t *>(socket)));
                std::fflush(stdout);
            }
        });
    if (!listening) {
        std::fprintf(stderr, "cannot listen on %s:%d\n", host.c_str(), port);
        return 1;
    }
    app.run();
}
