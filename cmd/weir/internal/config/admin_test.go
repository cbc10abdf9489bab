package config

import (
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

func TestAdminErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"--admin", "off"}, nil},
		{[]string{"--admin", "unix:/run/weir/admin"}, nil},
		{[]string{"--admin", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--pprof"}, nil},
		{[]string{"--admin", "8081"}, []string{`--admin: "8081": this is no address with a port; write HOST:PORT, unix:/PATH or off`}},
		{[]string{"--admin", ""}, []string{`--admin: "": this is no address with a port; write HOST:PORT, unix:/PATH or off`}},
		{[]string{"--admin", "fd:x"}, []string{`--admin: "fd:x": a socket of systemd's is the admin listener by its name, FileDescriptorName=admin; write HOST:PORT, unix:/PATH or off`}},
		{[]string{"--listen", "fd:weir.socket"}, nil},
		{[]string{"--listen", "fd:weir.socket", "--proxy-protocol", "--trusted-proxies", "unix"}, nil}, // what it is shows when it is there
		{[]string{"--listen", "proxy:fd:"}, []string{`--listen: "proxy:fd:": there is no name of a socket; write HOST:PORT, :PORT, unix:/PATH or fd:NAME`}},
		{[]string{"--admin", "unix:"}, []string{`--admin: "unix:": there is no path; write HOST:PORT, unix:/PATH or off`}},
		{[]string{"--admin", "127.0.0.1:8080"},
			[]string{`--admin: "127.0.0.1:8080" is where the feed is served; what the admin listener tells is not for the public; write another address, or off`}},
		{[]string{"--listen", "unix:/x", "--admin", "unix:/x"},
			[]string{`--admin: "unix:/x" is where the feed is served; what the admin listener tells is not for the public; write another address, or off`}},
		{[]string{"--admin", "off", "--pprof"},
			[]string{"--pprof: profiles are served on the admin listener, and that is off; remove it, or name an address with --admin"}},
		{[]string{"--drain-code", "1000"}, []string{`--drain-code: "1000" is not known; write 1001 or 1012`}},
		{[]string{"--drain-retry", "1500us"}, []string{"--drain-retry: must be whole milliseconds, and not negative"}},
	} {
		_, err := Load("", nil, flags(t, c.args...))
		if got := Problems(err); !slices.Equal(got, c.want) {
			t.Errorf("%q:\n%q\nwant\n%q", c.args, got, c.want)
		}
	}
}

// What the options say reaches the engine.
func TestDrainOptions(t *testing.T) {
	want := engine.DrainConfig{Pace: 10 * time.Millisecond, RetryAfter: time.Second}
	if e := Default().Engine(nil); e.DrainWindow != 20*time.Second || e.DrainCode != frame.StatusGoingAway || e.Drain != want {
		t.Errorf("by default: %v %v %+v", e.DrainWindow, e.DrainCode, e.Drain)
	}
	c, err := Load("", []string{"WEIR_DRAIN_CODE=1012"}, flags(t, "--drain-window", "off", "--drain-retry", "off", "--drain-delay", "3s"))
	if err != nil {
		t.Fatal(err)
	}
	want.RetryAfter = 0
	if e := c.Engine(nil); e.DrainWindow >= 0 || e.DrainCode != frame.StatusServiceRestart || e.Drain != want || c.Server.DrainDelay != 3*time.Second {
		t.Errorf("as asked for: %v %v %+v, delay %v", e.DrainWindow, e.DrainCode, e.Drain, c.Server.DrainDelay)
	}
	file := write(t, "a.yaml", "server: {drain-code: 1012, admin: off}\n") // a number, and YAML's word for false
	if c, err = Load(file, nil, nil); err != nil || c.Server.DrainCode != "1012" || c.Server.Admin != AdminOff {
		t.Errorf("from a file: %v, %+v", err, c.Server)
	}
}
