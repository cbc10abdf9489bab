package report

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/weir-ws/weir/bench/internal/result"
)

// Charts writes every chart into a directory, as a file of its own for light and dark. The directory is made if it is absent; files
// in it that have other names are left alone.
func (r *Report) Charts(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("directory for the charts: %w", err)
	}
	for _, s := range r.Sections {
		for _, c := range s.Charts {
			if err := os.WriteFile(filepath.Join(dir, c.File), []byte(standalone(c.SVG)), 0o666); err != nil {
				return fmt.Errorf("write a chart: %w", err)
			}
		}
	}
	return nil
}

// Load reads results files and takes them together; they have to be of one machine.
func Load(names ...string) (*result.Set, error) {
	files := make([][]result.Record, len(names))
	for i, name := range names {
		records, err := readFile(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[i] = records
	}
	return result.Join(names, files)
}

func readFile(name string) ([]result.Record, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return result.Read(f)
}
