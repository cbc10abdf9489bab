// Package compare sets two checkouts of Weir against each other, measured in pairs in one run.
package compare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/weir-ws/weir/bench/internal/rival"
)

// Checkout is a tree of the project's files.
type Checkout struct {
	Dir      string // its root
	Describe string // git describe --always --dirty
	repo     string // where it is a worktree of; "": it was there before
}

// Here is the checkout that dir lies in, as it is, with what is not committed.
func Here(ctx context.Context, dir string) (Checkout, error) {
	root, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return Checkout{}, fmt.Errorf("bench compare works in a git checkout of weir: %w", err)
	}
	describe, err := git(ctx, root, "describe", "--always", "--dirty")
	return Checkout{Dir: root, Describe: describe}, err
}

// Add checks a revision of the repository out into a new worktree under dir. The caller must Remove it.
func Add(ctx context.Context, repo, rev, dir string) (Checkout, error) {
	commit, err := git(ctx, repo, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return Checkout{}, fmt.Errorf("%q is no commit here: give a branch, a tag or a hash (git log shows them)", rev)
	}
	tree, err := os.MkdirTemp(dir, "checkout-")
	if err != nil {
		return Checkout{}, err
	}
	c := Checkout{Dir: tree, repo: repo}
	if _, err := git(ctx, repo, "worktree", "add", "--detach", "--force", tree, commit); err != nil {
		return Checkout{}, errors.Join(err, c.Remove())
	}
	if c.Describe, err = git(ctx, tree, "describe", "--always"); err != nil {
		return Checkout{}, errors.Join(err, c.Remove())
	}
	return c, nil
}

// Remove takes a worktree that Add made away again, and git's memory of it; it does nothing to a checkout of Here.
// It takes no context: it has to run after an interrupt too.
func (c Checkout) Remove() error {
	if c.repo == "" {
		return nil
	}
	ctx := context.Background()
	if err := os.RemoveAll(c.Dir); err != nil {
		return fmt.Errorf("remove the worktree by hand with git worktree remove --force %s: %w", c.Dir, err)
	}
	_, err := git(ctx, c.repo, "worktree", "prune")
	return err
}

// Build builds the checkout's bench/servers/weir into out. A checkout from before there was a bench gets the server of the
// bench module at ours, against its own library; with that a copy of the module is made under dir.
func (c Checkout) Build(ctx context.Context, ours, dir, out string) error {
	module := filepath.Join(c.Dir, "bench")
	if _, err := os.Stat(filepath.Join(module, "servers", "weir")); errors.Is(err, os.ErrNotExist) {
		if module, err = c.graft(ctx, ours, dir); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if err := rival.BuildWeir(ctx, module, out); err != nil {
		return fmt.Errorf("build the server of %s: %w", c.Describe, err)
	}
	return nil
}

// graft copies the bench module at ours into dir and points it at the library of c.
func (c Checkout) graft(ctx context.Context, ours, dir string) (string, error) {
	if _, err := os.Stat(filepath.Join(c.Dir, "hub", "raw")); err != nil {
		return "", fmt.Errorf("%s is too old: it has no bench, and no hub/raw, which today's server stands on", c.Describe)
	}
	module, err := os.MkdirTemp(dir, "bench-")
	if err != nil {
		return "", err
	}
	// What the server is built from; results, node_modules and other servers stay behind.
	for _, name := range []string{"go.mod", "go.sum", "internal", filepath.Join("servers", "weir"), filepath.Join("servers", "internal")} {
		from := filepath.Join(ours, name)
		info, err := os.Stat(from)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err == nil && info.IsDir():
			err = os.CopyFS(filepath.Join(module, name), os.DirFS(from))
		case err == nil:
			var b []byte
			if b, err = os.ReadFile(from); err == nil {
				err = os.WriteFile(filepath.Join(module, name), b, 0o600)
			}
		}
		if err != nil {
			return "", fmt.Errorf("copy %s: %w", from, err)
		}
	}
	if _, err := command(ctx, module, "go", "mod", "edit", "-replace", library+"="+c.Dir); err != nil {
		return "", err
	}
	// The other library may ask for other versions of its modules than ours; this writes them down.
	_, err = command(ctx, module, "go", "list", "-mod=mod", "-deps", "./servers/weir")
	return module, err
}

const library = "github.com/weir-ws/weir"

func git(ctx context.Context, dir string, args ...string) (string, error) {
	return command(ctx, dir, "git", args...)
}

// command runs a program in dir and returns what it prints; an error has what it complained of.
func command(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(exit.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}
