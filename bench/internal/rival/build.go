package rival

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// benchModule is the first line of the go.mod of the module that the servers are built in.
const benchModule = "module github.com/weir-ws/weir/bench"

// FindBench returns the directory of the bench module that dir lies in, or that lies in the checkout dir is in. ""
// is the working directory.
func FindBench(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for d := start; ; d = filepath.Dir(d) {
		for _, at := range []string{d, filepath.Join(d, "bench")} {
			b, err := os.ReadFile(filepath.Join(at, "go.mod"))
			if first, _, _ := strings.Cut(string(b), "\n"); err == nil && strings.TrimSpace(first) == benchModule {
				return at, nil
			}
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("%s is in no checkout of Weir with a bench directory: run the bench inside one", start)
		}
	}
}

// BuildWeir builds servers/weir of the checkout whose bench directory is benchDir into the file out.
func BuildWeir(ctx context.Context, benchDir, out string) error {
	return build(ctx, benchDir, "weir", out)
}

// Weir is the server on Weir that BuildWeir has put into the file binary.
func Weir(ctx context.Context, benchDir, binary string) Server {
	return Server{Name: "weir", Kind: "event loop", Version: describe(ctx, benchDir), Command: []string{binary}}
}

// build replaces out only when all is well, and as a new file: an old one may be running.
func build(ctx context.Context, benchDir, name, out string) error {
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	tmp := fmt.Sprintf("%s.%d.tmp", out, os.Getpid())
	if _, err := output(ctx, benchDir, "go", "build", "-trimpath", "-o", tmp, "./servers/"+name); err != nil {
		return err
	}
	return os.Rename(tmp, out)
}

// cacheDir is where what is built from benchDir is kept: go build is not asked to link again what has not changed.
func cacheDir(benchDir string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	dir := filepath.Join(base, "weir-bench", fmt.Sprintf("%x", sha256.Sum256([]byte(benchDir)))[:12])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("a place for the servers: %w", err)
	}
	return dir, nil
}

func (p *preparation) golang(e Entry) (Server, error) {
	out := filepath.Join(p.out, e.Name)
	if err := build(p.ctx, p.bench, e.Name, out); err != nil {
		return Server{}, err
	}
	s := Server{Command: []string{out}}
	switch e.Name {
	case "weir":
		s.Version = describe(p.ctx, p.bench)
	case "bare":
		v, err := output(p.ctx, p.bench, "go", "env", "GOVERSION")
		if err != nil {
			return Server{}, err
		}
		s.Version = "no library, " + v
	default:
		v, err := output(p.ctx, p.bench, "go", "list", "-m", "-f", "{{.Version}}", e.Module)
		if err != nil {
			return Server{}, err
		}
		s.Version = v
	}
	return s, nil
}

// describe is the version of a checkout; without git or its history it is "unknown".
func describe(ctx context.Context, dir string) string {
	v, err := output(ctx, dir, "git", "describe", "--always", "--dirty")
	if err != nil {
		return "unknown"
	}
	return v
}

// output runs a command and returns what it prints, trimmed. The error holds the end of what it said.
func output(ctx context.Context, dir string, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = dir
	said := newTail()
	cmd.Stderr = said
	b, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s is not installed", command[0])
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w%s", strings.Join(command, " "), err, said)
	}
	return strings.TrimSpace(string(b)), nil
}
