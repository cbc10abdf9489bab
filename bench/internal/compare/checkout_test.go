package compare

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// repository makes a git repository with one commit for each set of files (path to content), and returns its root.
func repository(t *testing.T, commits ...map[string]string) string {
	t.Helper()
	for _, v := range []string{"GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"} {
		t.Setenv(v, "test")
	}
	for _, v := range []string{"GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"} {
		t.Setenv(v, "test@example.com")
	}
	// Hooks of git set these for their children, and a test may run in one.
	for _, v := range []string{"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"} {
		t.Setenv(v, "")
		os.Unsetenv(v)
	}
	dir := t.TempDir()
	must(t, dir, "init", "-q", "-b", "main")
	for _, files := range commits {
		for path, content := range files {
			path = filepath.Join(dir, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		must(t, dir, "add", "-A")
		must(t, dir, "commit", "-q", "-m", "more")
	}
	return dir
}

func must(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := git(context.Background(), dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAWorktreeComesAndGoes(t *testing.T) {
	repo := repository(t, map[string]string{"f": "old"}, map[string]string{"f": "new"})
	tmp := t.TempDir()
	c, err := Add(t.Context(), repo, "HEAD~1", tmp)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(c.Dir, "f")); string(b) != "old" {
		t.Errorf("the worktree of HEAD~1 holds %q", b)
	}
	if want := must(t, repo, "rev-parse", "--short", "HEAD~1"); c.Describe != want {
		t.Errorf("it is described as %q, want %q", c.Describe, want)
	}
	if err := c.Remove(); err != nil {
		t.Fatal(err)
	}
	if list := must(t, repo, "worktree", "list"); strings.Count(list, "\n") != 0 {
		t.Errorf("git still knows of a worktree:\n%s", list)
	}
	if left, _ := os.ReadDir(tmp); len(left) != 0 {
		t.Errorf("it left %v", left)
	}
	if b, _ := os.ReadFile(filepath.Join(repo, "f")); string(b) != "new" {
		t.Errorf("the checkout beside it now holds %q", b)
	}
}

func TestNoWorktreeStaysWhenItFails(t *testing.T) {
	repo := repository(t, map[string]string{"f": "x"})
	tmp := t.TempDir()
	if _, err := Add(t.Context(), repo, "nosuch", tmp); err == nil || !strings.Contains(err.Error(), `"nosuch" is no commit`) {
		t.Errorf("a revision that is not: %v", err)
	}
	if _, err := Add(t.Context(), repo, "--help", tmp); err == nil {
		t.Error("an option is taken for a revision")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Add(ctx, repo, "HEAD", tmp); err == nil {
		t.Error("an interrupted one succeeds")
	}
	if left, _ := os.ReadDir(tmp); len(left) != 0 {
		t.Errorf("they left %v", left)
	}
}

func TestHere(t *testing.T) {
	repo := repository(t, map[string]string{"bench/f": "x"})
	c, err := Here(t.Context(), filepath.Join(repo, "bench"))
	if err != nil || c.Dir != repo || strings.HasSuffix(c.Describe, "-dirty") {
		t.Errorf("%+v, %v", c, err)
	}
	if err := os.WriteFile(filepath.Join(repo, "bench/f"), []byte("y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err = Here(t.Context(), repo); err != nil || !strings.HasSuffix(c.Describe, "-dirty") {
		t.Errorf("with a change: %+v, %v", c, err)
	}
	if err := c.Remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(repo, "bench/f")); err != nil {
		t.Errorf("Remove took the checkout of the user away: %v", err)
	}
	if _, err := Here(t.Context(), t.TempDir()); err == nil {
		t.Error("a folder without git is a checkout")
	}
}

// A library that says its name, and a bench module with a server that says it and the server's own.
func libraryOf(name string) map[string]string {
	return map[string]string{
		"go.mod":         "module github.com/weir-ws/weir\n\ngo 1.26\n",
		"hub/raw/raw.go": "package raw\n",
		"weir.go":        "package weir\n\nconst Name = \"" + name + "\"\n",
	}
}

func benchOf(name string) map[string]string {
	return map[string]string{
		"bench/go.mod": "module github.com/weir-ws/weir/bench\n\ngo 1.26\n\nrequire github.com/weir-ws/weir v0.0.0\n\nreplace github.com/weir-ws/weir => ../\n",
		"bench/servers/weir/main.go": "package main\n\nimport (\n\t\"github.com/weir-ws/weir\"\n\t\"github.com/weir-ws/weir/bench/internal/x\"\n)\n\n" +
			"func main() { print(weir.Name, \" \", x.Name) }\n",
		"bench/internal/x/x.go": "package x\n\nconst Name = \"" + name + "\"\n",
	}
}

func TestBuildTakesTheServerOfItsOwnTimeOrOurs(t *testing.T) {
	repo := repository(t, libraryOf("first"), libraryOf("second"), benchOf("server2"), libraryOf("third"), benchOf("server3"))
	tmp := t.TempDir()
	for rev, want := range map[string]string{
		"HEAD~4": "first server3", // no bench then: ours, on the library of then
		"HEAD~3": "second server3",
		"HEAD~2": "second server2",
		"HEAD~1": "third server2",
		"HEAD":   "third server3",
	} {
		c, err := Add(t.Context(), repo, rev, tmp)
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "weir")
		if err := c.Build(t.Context(), filepath.Join(repo, "bench"), tmp, out); err != nil {
			t.Fatal(err)
		}
		cmd := "exec " + out + " 2>&1"
		if said, err := command(t.Context(), tmp, "sh", "-c", cmd); err != nil || said != want {
			t.Errorf("%s: the server says %q, want %q: %v", rev, said, want, err)
		}
		if err := c.Remove(); err != nil {
			t.Error(err)
		}
	}
}

func TestALibraryFromBeforeTheServerIsRefused(t *testing.T) {
	repo := repository(t, map[string]string{"go.mod": "module github.com/weir-ws/weir\n"}, benchOf("x"))
	tmp := t.TempDir()
	c, err := Add(t.Context(), repo, "HEAD~1", tmp)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Build(t.Context(), filepath.Join(repo, "bench"), tmp, filepath.Join(tmp, "weir")); err == nil || !strings.Contains(err.Error(), "too old") {
		t.Errorf("it says %v", err)
	}
}

func TestBuildSaysWhatIsWrong(t *testing.T) {
	files := benchOf("x")
	files["bench/servers/weir/main.go"] = "package main\n\nfunc main() { nosuch() }\n"
	repo := repository(t, libraryOf("a"), files)
	c, err := Here(t.Context(), repo)
	if err != nil {
		t.Fatal(err)
	}
	err = c.Build(t.Context(), filepath.Join(repo, "bench"), t.TempDir(), filepath.Join(t.TempDir(), "weir"))
	if err == nil || !strings.Contains(err.Error(), "undefined: nosuch") {
		t.Errorf("a server that does not compile: %v", err)
	}
}
