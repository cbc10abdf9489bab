package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/knadh/koanf/parsers/yaml"
)

const deploy = "../../docs/deploy"

// weir runs a command to its end.
func weir(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), beWeir+"=1")
	b, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode(), string(b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, string(b)
}

// systemd itself finds nothing wrong with the units, and little that could be locked further.
func TestUnits(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"weir.service", "weir.socket"} {
		b, err := os.ReadFile(filepath.Join(deploy, "systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "weir.service" && (!bytes.Contains(b, []byte("\nType=notify\n")) || !bytes.Contains(b, []byte("\nWatchdogSec="))) {
			t.Errorf("%s has neither Type=notify nor a watchdog", name)
		}
		b = bytes.ReplaceAll(b, []byte("/usr/local/bin/weir"), []byte("/bin/true")) // verify wants a program that is there
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here")
	}
	for _, args := range [][]string{
		{"verify", "./weir.service", "./weir.socket"},
		{"security", "--offline=true", "--threshold=20", "--no-pager", "./weir.service"},
	} {
		cmd := exec.Command(analyze, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil || args[0] == "verify" && len(out) > 0 {
			t.Errorf("systemd-analyze %v: %v\n%s", args, err, out)
		}
	}
}

func TestDeployedConfiguration(t *testing.T) {
	if code, out := weir(t, "check", filepath.Join(deploy, "systemd", "weir.yaml")); code != 0 {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// The deployment's options are options, its probes ask for what there is, and its grace is longer than the drain.
func TestKubernetesDeployment(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(deploy, "kubernetes", "weir.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{}
	for _, doc := range strings.Split(string(b), "\n---\n") {
		m, err := yaml.Parser().Unmarshal([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		kind, _ := m["kind"].(string)
		kinds = append(kinds, kind)
		if kind != "Deployment" {
			continue
		}
		pod := m["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)
		c := pod["containers"].([]any)[0].(map[string]any)
		var args []string
		for _, a := range c["args"].([]any) {
			args = append(args, a.(string))
		}
		if args[0] != "serve" || !slices.Contains(args, "--drain-delay=5s") || !slices.Contains(args, "--drain-window=30s") ||
			pod["terminationGracePeriodSeconds"].(int) < 5+30+6 {
			t.Errorf("args %q, grace %v s", args, pod["terminationGracePeriodSeconds"])
		}
		if code, out := weir(t, append([]string{"check"}, args[1:]...)...); code != 0 {
			t.Errorf("weir check %q: exit code %d\n%s", args[1:], code, out)
		}
		p := startWeir(t, nil)
		for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
			path, _ := c[probe].(map[string]any)["httpGet"].(map[string]any)["path"].(string)
			p.until(path, 200, "")
		}
	}
	if !slices.Equal(kinds, []string{"Deployment", "Service", "PodDisruptionBudget"}) {
		t.Errorf("kinds %q", kinds)
	}
}
