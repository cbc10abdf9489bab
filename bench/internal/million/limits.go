package million

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/result"
)

// processMargin is how many processes are left to the rest of the machine.
const processMargin = 500

// ReadLimits reads the limits of this machine and process. A file that isn't there is a limit that doesn't hold.
func ReadLimits() (Limits, error) {
	var l Limits
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return l, fmt.Errorf("read the limit of descriptors: %w", err)
	}
	l.OpenFiles = int(min(r.Max, 1<<30))
	if n := numbers("/proc/sys/fs/nr_open"); len(n) == 1 {
		l.OpenFiles = min(l.OpenFiles, int(n[0]))
	}
	if n := numbers("/proc/sys/fs/file-nr"); len(n) == 3 { // in use, free, most; "most" is near 2^63 on many systems
		l.FileMax = n[2] - n[0]
	}
	if n := numbers("/proc/sys/net/ipv4/ip_local_port_range"); len(n) == 2 {
		l.Ports = int(n[1] - n[0] + 1)
	}
	if most := numbers("/proc/sys/net/netfilter/nf_conntrack_max"); len(most) == 1 {
		used, on, err := tracking()
		if err != nil {
			return l, err
		}
		if on {
			l.Tracked = max(1, most[0]-used)
		}
	}
	if n := numbers("/proc/sys/kernel/pid_max"); len(n) == 1 {
		l.Processes = max(1, (int(n[0])-processMargin)/threadsEach)
	}
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &r); err == nil && r.Cur < 1<<30 {
		l.Processes = min(l.Processes, max(1, (int(r.Cur)-processMargin)/threadsEach))
	}
	m, err := meminfo()
	l.Memory, l.Total = m["MemAvailable"], m["MemTotal"]
	return l, err
}

// threadsEach is how many threads a server or client has, which is what the kernel's limits count.
const threadsEach = 12

// numbers reads a file of numbers; nothing if there is anything else in it.
func numbers(name string) (ns []int64) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	for f := range strings.FieldsSeq(string(b)) {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return nil
		}
		ns = append(ns, n)
	}
	return ns
}

// meminfo reads /proc/meminfo, in bytes.
func meminfo() (map[string]int64, error) {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return nil, err
	}
	m := map[string]int64{}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[2] == "kB" {
			if kb, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				m[strings.TrimSuffix(f[0], ":")] = kb << 10
			}
		}
	}
	if m["MemAvailable"] == 0 {
		return m, fmt.Errorf("/proc/meminfo has no MemAvailable, which Linux has since 3.14")
	}
	return m, nil
}

// kernelMemory reads what the kernel holds for sockets, among others.
func kernelMemory() (result.KernelMemory, error) {
	m, err := meminfo()
	if err != nil {
		return result.KernelMemory{}, err
	}
	k := result.KernelMemory{Available: m["MemAvailable"], Slab: m["Slab"], Fixed: m["SUnreclaim"], Tables: m["PageTables"]}
	b, err := os.ReadFile("/proc/net/sockstat")
	if err != nil {
		return k, err
	}
	k.Buffers = socketPages(string(b)) * int64(os.Getpagesize())
	return k, nil
}

// socketPages finds the pages in TCP's buffers in the text of /proc/net/sockstat: "TCP: inuse 1 ... mem 91".
func socketPages(text string) int64 {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "TCP:" {
			continue
		}
		for i := 1; i+1 < len(f); i += 2 {
			if f[i] == "mem" {
				n, _ := strconv.ParseInt(f[i+1], 10, 64)
				return n
			}
		}
	}
	return 0
}
