//go:build unix

package engine_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// What a killed process leaves at the path of its unix socket is replaced. Nothing else is.
func TestStaleUnixSocket(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		there func(t *testing.T, path string)
		fails bool
	}{
		{"nothing", func(*testing.T, string) {}, false},
		{"a dead socket", func(t *testing.T, path string) {
			ln := listenUnix(t, path)
			ln.SetUnlinkOnClose(false) // as when its process is killed
			_ = ln.Close()
		}, false},
		{"a living socket", func(t *testing.T, path string) { listenUnix(t, path) }, true},
		{"a living socket whose queue is full", func(t *testing.T, path string) {
			ln := listenUnix(t, path)
			rc, err := ln.SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			if err := rc.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) }); err != nil {
				t.Fatal(err)
			}
			c, err := net.Dial("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
		}, true},
		{"a datagram socket", func(t *testing.T, path string) {
			c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
		}, true},
		{"a file", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"a link to a dead socket", func(t *testing.T, path string) {
			ln := listenUnix(t, path+".old")
			ln.SetUnlinkOnClose(false)
			_ = ln.Close()
			if err := os.Symlink(path+".old", path); err != nil {
				t.Fatal(err)
			}
		}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			row.there(t, path)
			before, _ := os.Lstat(path)
			cfg := quickly()
			cfg.Addrs = []string{"unix:" + path}
			if !row.fails {
				s := serve(t, cfg, echo())
				c := dialWS(t, s.addr)
				c.say(frame.OpText, "hello")
				c.expect(frame.OpText, "hello")
				return
			}
			e, err := engine.New(cfg, echo())
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Listen(); err == nil || !strings.Contains(err.Error(), "address already in use") {
				t.Errorf("Listen: %v", err)
			}
			if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) {
				t.Errorf("what was there is gone: %v", err)
			}
		})
	}
}

func listenUnix(t *testing.T, path string) *net.UnixListener {
	t.Helper()
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}
