package run

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/result"
)

// sysctls are the settings of the kernel that figures over loopback depend on.
var sysctls = []string{
	"net.ipv4.tcp_congestion_control", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem", "net.core.somaxconn",
	"net.core.default_qdisc", "net.ipv4.tcp_mem", "net.ipv4.ip_local_port_range", "fs.nr_open",
}

// Machine describes the machine this runs on. What cannot be read stays empty.
func Machine() result.Machine {
	m := result.Machine{Cores: runtime.NumCPU(), GoVersion: runtime.Version(), Sysctl: map[string]string{}}
	m.CPU, m.Virtual = cpu(read("/proc/cpuinfo"))
	if m.Virtual != "" {
		if vendor := read("/sys/class/dmi/id/sys_vendor"); vendor != "" {
			m.Virtual = vendor
		}
	}
	for line := range strings.Lines(read("/proc/meminfo")) {
		var kb int64
		if n, _ := fmt.Sscanf(line, "MemTotal: %d kB", &kb); n == 1 {
			m.Memory = kb << 10
		}
	}
	m.Kernel = read("/proc/sys/kernel/osrelease")
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		m.OpenFiles = limit.Max
	}
	for _, name := range sysctls {
		if v := read("/proc/sys/" + strings.ReplaceAll(name, ".", "/")); v != "" {
			m.Sysctl[name] = strings.Join(strings.Fields(v), " ")
		}
	}
	_, _ = fmt.Sscan(read("/proc/loadavg"), &m.LoadBefore[0], &m.LoadBefore[1], &m.LoadBefore[2])
	return m
}

// cpu finds the name of the processor, and "yes" if it says that a hypervisor lies under it.
func cpu(info string) (name, virtual string) {
	scan := bufio.NewScanner(strings.NewReader(info))
	for scan.Scan() {
		key, value, _ := strings.Cut(scan.Text(), ":")
		switch key, value = strings.TrimSpace(key), strings.TrimSpace(value); key {
		case "model name":
			name = value
		case "flags":
			if strings.Contains(" "+value+" ", " hypervisor ") {
				virtual = "yes"
			}
		}
	}
	if name == "" {
		name = runtime.GOARCH // ARM kernels do not name it there
	}
	return name, virtual
}

func read(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
