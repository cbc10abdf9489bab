package rival

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weir-ws/weir/bench/internal/result"
)

// preparation is what the servers of one Prepare share.
type preparation struct {
	ctx   context.Context
	bench string // directory of the bench module
	out   string // directory for what is built
	npm   func() error
}

// Prepare makes the named servers ready to start, in the catalogue's order and custom ones behind it; no names means
// the whole catalogue. custom holds NAME=COMMAND; a name of the catalogue takes that server's place, and
// needs not be among names. What cannot take part is told in missing with the reason. The error is a name that does not exist, a
// custom without a command, or that the bench's own sources are not found: then nothing was prepared.
//
// It builds the Go servers, which may take a minute the first time, and runs npm ci where it has to. It may be called
// from any directory inside the checkout.
func Prepare(ctx context.Context, names, custom []string) (servers []Server, missing []result.Missing, err error) {
	commands, err := customServers(custom)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		if _, ok := commands[name]; !ok && !slices.Contains(Names(), name) {
			return nil, nil, fmt.Errorf("there is no server %q: choose among %s, or give your own with --server %[1]s=COMMAND", name, strings.Join(Names(), ", "))
		}
	}
	bench, err := FindBench("")
	if err != nil {
		return nil, nil, err
	}
	out, err := cacheDir(bench)
	if err != nil {
		return nil, nil, err
	}
	p := &preparation{ctx: ctx, bench: bench, out: out}
	for _, e := range Catalogue() {
		if s, ok := commands[e.Name]; ok {
			s.Kind = e.Kind
			servers = append(servers, s)
			delete(commands, e.Name)
			continue
		}
		if len(names) > 0 && !slices.Contains(names, e.Name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		s, err := e.prepare(p, e)
		if err != nil {
			missing = append(missing, result.Missing{Name: e.Name, Reason: err.Error()})
			continue
		}
		s.Name, s.Kind = e.Name, e.Kind
		servers = append(servers, s)
	}
	for _, c := range custom { // in the order they were given
		name, _, _ := strings.Cut(c, "=")
		if s, ok := commands[name]; ok {
			servers = append(servers, s)
			delete(commands, name)
		}
	}
	return servers, missing, nil
}

// customServers reads NAME=COMMAND each.
func customServers(custom []string) (map[string]Server, error) {
	servers := map[string]Server{}
	for _, c := range custom {
		name, command, ok := strings.Cut(c, "=")
		if command = strings.TrimSpace(command); !ok || name == "" || command == "" {
			return nil, fmt.Errorf("--server %q: want NAME=COMMAND", c)
		}
		if _, twice := servers[name]; twice {
			return nil, fmt.Errorf("--server %s is given twice", name)
		}
		servers[name] = Server{Name: name, Kind: "custom", Command: shell(command), custom: true}
	}
	return servers, nil
}

// shell is how a command runs: directly if it is only words, so that no shell is measured along.
func shell(command string) []string {
	if strings.ContainsAny(command, "|&;<>()$`\\\"'*?[#~=\n") {
		return []string{"/bin/sh", "-c", command}
	}
	return strings.Fields(command)
}

func (*preparation) absent(e Entry) (Server, error) {
	return Server{}, errors.New("it is not built here: see servers/" + e.Name + "/README.md, then --server " + e.Name + "=COMMAND")
}
