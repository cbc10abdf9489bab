package rival

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// nodeDir holds the servers in JavaScript with their package-lock.json.
func (p *preparation) nodeDir() string { return filepath.Join(p.bench, "servers", "node") }

// install fetches the npm packages that the lock file names, once for all servers that need them, unless they are there.
func (p *preparation) install() error {
	if p.npm == nil {
		p.npm = sync.OnceValue(p.npmCI)
	}
	return p.npm()
}

func (p *preparation) npmCI() error {
	if same, err := installed(p.nodeDir()); err != nil || same {
		return err
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return errors.New("npm is not installed")
	}
	_, err := output(p.ctx, p.nodeDir(), "npm", "ci", "--no-audit", "--no-fund")
	return err
}

// lock is what npm writes down about packages, in package-lock.json and in node_modules.
type lock struct {
	Packages map[string]struct{ Version string } `json:"packages"`
}

func readLock(path string) (l lock, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(b, &l); err != nil {
		return l, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// installed says whether node_modules holds the versions that package-lock.json asks for. A package that is for another
// kind of machine is in the one and not in the other.
func installed(dir string) (bool, error) {
	want, err := readLock(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return false, err
	}
	got, err := readLock(filepath.Join(dir, "node_modules", ".package-lock.json"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	for _, name := range []string{"node_modules/ws", "node_modules/bun"} {
		if got.Packages[name] != want.Packages[name] {
			return false, err
		}
	}
	return true, err
}

// version is that of an npm package, as the lock file has it.
func (p *preparation) version(pkg string) (string, error) {
	l, err := readLock(filepath.Join(p.nodeDir(), "package-lock.json"))
	return l.Packages["node_modules/"+pkg].Version, err
}

func (p *preparation) node(e Entry) (Server, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return Server{}, errors.New("node is not installed")
	}
	if err := p.install(); err != nil {
		return Server{}, err
	}
	v, err := p.version(e.Module)
	if err != nil {
		return Server{}, err
	}
	on, err := output(p.ctx, "", node, "--version")
	return Server{Version: v + ", node " + on, Command: []string{node, filepath.Join(p.nodeDir(), "ws.mjs")}}, err
}

// bun is started as the program itself: what npm puts into .bin, or, where npm was not allowed to run the package's
// install script, the one in the package for this machine.
func (p *preparation) bun(e Entry) (Server, error) {
	if err := p.install(); err != nil {
		return Server{}, err
	}
	v, err := p.version(e.Module)
	if err != nil {
		return Server{}, err
	}
	modules := filepath.Join(p.nodeDir(), "node_modules")
	programs, _ := filepath.Glob(filepath.Join(modules, "@oven", "bun-*", "bin", "bun"))
	for _, bun := range append([]string{filepath.Join(modules, ".bin", "bun")}, programs...) {
		if got, runErr := output(p.ctx, "", bun, "--version"); runErr != nil || got != v {
			err = errors.Join(err, fmt.Errorf("%s is not bun %s, but %q: %w", bun, v, got, runErr))
			continue
		}
		return Server{Version: v, Command: []string{bun, filepath.Join(p.nodeDir(), "bun.mjs")}}, nil
	}
	return Server{}, err
}
