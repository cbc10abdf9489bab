package clients

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const static = "../../../hub/feed/web/static"

// weir.js against a server that the script plays, message by message.
func TestWeirJS(t *testing.T) {
	need(t, "node", inPath("node"))
	need(t, "npm package ws", exists("node_modules/ws"))
	runScript(t, []string{"# fail 0"}, "--test", "--test-reporter=tap", "weirjs.test.mjs")
}

// weir.js against the binary: killed and restarted, and with lines cut in the middle.
func TestWeirJSAndServer(t *testing.T) {
	need(t, "node", inPath("node"))
	need(t, "npm package ws", exists("node_modules/ws"))
	t.Setenv("WEIR", build(t))
	// Node 20 sometimes goes round in circles when all is done, over sockets that were cut while they were piped.
	runScript(t, []string{"# fail 0"}, "--test", "--test-force-exit", "--test-reporter=tap", "weirjs_server.test.mjs")
}

// weir.d.ts says what weir.js is, and a program in TypeScript can be written by it.
func TestWeirJSTypes(t *testing.T) {
	tsc := filepath.Join("node_modules", ".bin", "tsc")
	need(t, "npm package typescript", exists(tsc))
	dir := t.TempDir()
	for to, from := range map[string]string{
		"impl.js": static + "/weir.js", "weir.d.ts": static + "/weir.d.ts",
		"conform.ts": "types/conform.ts", "use.ts": "types/use.ts", "tsconfig.json": "types/tsconfig.json",
	} {
		copyFile(t, from, filepath.Join(dir, to))
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type":"module"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if out, err := exec.CommandContext(ctx, tsc, "--noEmit", "-p", dir).CombinedOutput(); err != nil {
		t.Errorf("tsc: %v\n%s", err, out)
	}
}

// What is vendored is what npm has, by the lock file.
func TestVendoredFiles(t *testing.T) {
	need(t, "npm package uplot", exists("node_modules/uplot"))
	for ours, theirs := range map[string]string{
		"uPlot.esm.js": "dist/uPlot.esm.js", "uPlot.min.css": "dist/uPlot.min.css", "uPlot.LICENSE": "LICENSE",
	} {
		if string(read(t, filepath.Join(static, "vendor", ours))) != string(read(t, filepath.Join("node_modules/uplot", theirs))) {
			t.Errorf("vendor/%s is not uplot's %s: copy it from node_modules, or mend package.json", ours, theirs)
		}
	}
	if found, err := os.ReadDir(static + "/vendor"); err != nil || len(found) != 3 {
		t.Errorf("there are %d files in vendor, and 3 are compared (%v)", len(found), err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	if err := os.WriteFile(to, read(t, from), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
