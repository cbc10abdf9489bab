package run

import (
	"os"
	"strings"
	"testing"
)

func TestMachine(t *testing.T) {
	m := Machine()
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	if m.CPU == "" || m.Cores < 1 || m.Memory < 1<<20 || m.Kernel != strings.TrimSpace(string(release)) ||
		!strings.HasPrefix(m.GoVersion, "go") || m.OpenFiles == 0 || m.Sysctl["net.ipv4.tcp_rmem"] == "" {
		t.Errorf("%+v", m)
	}
}

func TestCPU(t *testing.T) {
	for info, want := range map[string][2]string{
		"model name\t: AMD EPYC\nflags\t\t: fpu hypervisor lahf\n": {"AMD EPYC", "yes"},
		"model name\t: Core\nflags\t\t: fpu hypervisors\n":         {"Core", ""},
	} {
		if name, virtual := cpu(info); name != want[0] || virtual != want[1] {
			t.Errorf("%q: %q, %q", info, name, virtual)
		}
	}
	if name, _ := cpu(""); name == "" {
		t.Error("a processor without a model name has no name at all")
	}
}
