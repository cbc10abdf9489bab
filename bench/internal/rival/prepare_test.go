package rival

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/result"
)

func TestPrepareErrors(t *testing.T) {
	for _, c := range []struct {
		names, custom []string
		want          string
	}{
		{names: []string{"wier"}, want: `no server "wier": choose among weir, bare`},
		{custom: []string{"uws"}, want: "want NAME=COMMAND"},
		{custom: []string{"=x"}, want: "want NAME=COMMAND"},
		{custom: []string{"uws= "}, want: "want NAME=COMMAND"},
		{custom: []string{"a=b", "a=c"}, want: "given twice"},
	} {
		if _, _, err := Prepare(t.Context(), c.names, c.custom); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %v: %v, want %q", c.names, c.custom, err, c.want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Prepare(ended, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
	t.Chdir(t.TempDir())
	if _, _, err := Prepare(t.Context(), nil, nil); err == nil || !strings.Contains(err.Error(), "no checkout of Weir") {
		t.Errorf("outside a checkout: %v", err)
	}
}

// Custom servers take their place in the catalogue's order, or stand behind it; one that is not built is named.
func TestPrepareCustom(t *testing.T) {
	servers, missing, err := Prepare(t.Context(), []string{"uws", "mine"}, []string{"mine=my server", "bare=/opt/bare"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range servers {
		names = append(names, s.Name+" "+s.Kind)
	}
	if want := []string{"bare bare", "mine custom"}; !slices.Equal(names, want) {
		t.Errorf("prepared %v, want %v", names, want)
	}
	if want := []string{"my", "server"}; !slices.Equal(servers[1].Result().Command, want) {
		t.Errorf("the command is %q", servers[1].Result().Command)
	}
	if len(missing) != 1 || missing[0].Name != "uws" || !strings.Contains(missing[0].Reason, "--server uws=COMMAND") {
		t.Errorf("missing: %v", missing)
	}
}

func TestPrepareVersions(t *testing.T) {
	servers, missing, err := Prepare(t.Context(), []string{"gws", "bare", "weir"}, nil)
	if err != nil || len(missing) > 0 || len(servers) != 3 {
		t.Fatal(servers, missing, err)
	}
	for i, want := range []result.Server{{Name: "weir", Kind: "event loop"}, {Name: "bare", Kind: "bare", Version: "no library, go"}, {Name: "gws", Kind: "goroutine per connection", Version: "v1."}} {
		got := servers[i].Result()
		if got.Name != want.Name || got.Kind != want.Kind || got.Version == "" || !strings.HasPrefix(got.Version, want.Version) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

func TestBuildWeir(t *testing.T) {
	bench, err := FindBench("testdata/..")
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "weir")
	if err := BuildWeir(t.Context(), bench, out); err != nil {
		t.Fatal(err)
	}
	p, err := Weir(t.Context(), bench, out).Start(t.Context(), "-reuseport")
	if err != nil {
		t.Fatal(err)
	}
	// A second one on the same port is what -reuseport is for, and shows that a later -addr counts.
	second, err := Weir(t.Context(), bench, out).Start(t.Context(), "-reuseport", "-addr", p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	if second.Addr != p.Addr {
		t.Errorf("the second listens on %s, want %s", second.Addr, p.Addr)
	}
	if err := errors.Join(p.Stop(), second.Stop()); err != nil {
		t.Error(err)
	}
	if err := build(t.Context(), bench, "nosuch", out); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("a server that does not exist: %v", err)
	}
}

// Without node or npm the reason says so; with other versions installed than the lock file names, npm is asked.
func TestMissingNode(t *testing.T) {
	bench := t.TempDir()
	modules := filepath.Join(bench, "servers", "node", "node_modules")
	write := func(path, content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const versions = `{"packages": {"node_modules/ws": {"version": "8.0.0"}, "node_modules/bun": {"version": "1.0.0"}}}`
	if err := os.MkdirAll(filepath.Join(modules, ".bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(bench, "servers", "node", "package-lock.json"), versions)
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir())
	p := &preparation{ctx: t.Context(), bench: bench}
	if _, err := p.node(Entry{Name: "node-ws", Module: "ws"}); err == nil || err.Error() != "node is not installed" {
		t.Errorf("node-ws without node: %v", err)
	}
	if _, err := p.bun(Entry{Name: "bun", Module: "bun"}); err == nil || err.Error() != "npm is not installed" {
		t.Errorf("bun without npm: %v", err)
	}

	write(filepath.Join(os.Getenv("PATH"), "npm"), "#!"+sh+"\necho no network >&2\nexit 1\n")
	p.npm = nil
	if _, err := p.bun(Entry{Name: "bun", Module: "bun"}); err == nil || !strings.Contains(err.Error(), "npm ci") || !strings.Contains(err.Error(), "no network") {
		t.Errorf("npm that fails: %v", err)
	}

	write(filepath.Join(modules, ".package-lock.json"), versions)
	write(filepath.Join(modules, ".bin", "bun"), "#!"+sh+"\necho the install script did not run >&2\nexit 1\n")
	p.npm = nil
	if _, err := p.bun(Entry{Name: "bun", Module: "bun"}); err == nil || !strings.Contains(err.Error(), "install script did not run") {
		t.Errorf("bun that does not run: %v", err)
	}
	program := filepath.Join(modules, "@oven", "bun-linux-x64", "bin")
	if err := os.MkdirAll(program, 0o755); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(program, "bun"), "#!"+sh+"\necho 1.0.0\n")
	s, err := p.bun(Entry{Name: "bun", Module: "bun"})
	if err != nil || s.Version != "1.0.0" || s.Command[0] != filepath.Join(program, "bun") {
		t.Errorf("bun without its install script is %+v, %v", s, err)
	}
}
