package replayed_test

import (
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/replayed"
)

const lines = "11 {\"stream\":\"a\",\"data\":{\"n\": 1}}\n12 {\"lastUpdateId\":3}\n13 {\"stream\":\"b\",\"data\":2}"

func write(t *testing.T, zipped bool, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !zipped {
		_, err = f.WriteString(text)
	} else {
		z := gzip.NewWriter(f)
		_, err = z.Write([]byte(text))
		err = errors.Join(err, z.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	for _, zipped := range []bool{false, true} {
		var got []string
		err := replayed.Read(write(t, zipped, lines), func(l replayed.Line) error {
			got = append(got, l.Time+"|"+l.Stream+"|"+string(l.Data))
			return nil
		})
		want := "11|a|{\"n\": 1}\n12||{\"lastUpdateId\":3}\n13|b|2"
		if strings.Join(got, "\n") != want || err != nil {
			t.Errorf("zipped %v: %q, %v, want %q", zipped, got, err, want)
		}
	}
}

func TestReadSaysWhere(t *testing.T) {
	stop := errors.New("stop")
	for _, c := range []struct{ text, err string }{
		{"11 {\"stream\":\"a\"}\n12", ":2: no space"},
		{"11 {\"stream\":\"a\"}\n\n", ":2: no space"},
		{"11 {", ":1: unexpected end"},
		{lines, ":3: stop"},
	} {
		err := replayed.Read(write(t, false, c.text), func(l replayed.Line) error {
			if l.Stream == "b" {
				return stop
			}
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: %v, want %q", c.text, err, c.err)
		}
	}
	if err := replayed.Read("/does/not/exist", nil); !errors.Is(err, os.ErrNotExist) {
		t.Error("no file:", err)
	}
}

func TestPayload(t *testing.T) {
	p, data := replayed.Line{Time: "11", Stream: "a", Data: []byte(`{"n": 1}`)}.Payload(7)
	if want := `{"type":"message","channel":"a","seq":7,"ts":11,"data":{"n": 1}}`; string(p) != want || string(p[data:]) != `{"n": 1}}` {
		t.Errorf("%s, data at %d, want %s", p, data, want)
	}
}
