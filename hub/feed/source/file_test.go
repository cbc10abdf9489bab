package source_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub/feed/source"
)

// play replays a file at Max and returns what came, in order.
func play(t *testing.T, path string) ([]message, source.Progress, error) {
	t.Helper()
	r, err := source.NewReplay(source.ReplayConfig{Path: path, Speed: source.Max})
	if err != nil {
		t.Fatal(err)
	}
	var got collector
	err = r.Run(context.Background(), &got)
	return got.messages, r.Progress(), err
}

const (
	lineA = `1 {"stream":"a","data":{"n":1}}` + "\n"
	lineB = `2 {"stream":"b","data":{"n":2}}` + "\n"
	lineC = `3 {"stream":"a","data":{"n":3}}` + "\n"
)

var abc = []message{
	{channel: "a", data: `{"n":1}`, ts: 1},
	{channel: "b", data: `{"n":2}`, ts: 2},
	{channel: "a", data: `{"n":3}`, ts: 3},
}

func TestFileForms(t *testing.T) {
	for name, content := range map[string][]byte{
		"plain":                []byte(lineA + lineB + lineC),
		"named.gz but plain":   []byte(lineA + lineB + lineC),
		"gzip":                 zip(t, lineA+lineB+lineC),
		"gzip of many members": slices.Concat(zip(t, lineA+lineB[:9]), zip(t, ""), zip(t, lineB[9:]+lineC)),
		"no line feed at end":  []byte(lineA + lineB + strings.TrimSpace(lineC)),
		"CR LF":                []byte(strings.ReplaceAll(lineA+lineB+lineC, "\n", "\r\n")),
		"empty lines":          []byte("\n" + lineA + "\n \r\n" + lineB + lineC + "\n"),
		"a snapshot between":   []byte(lineA + `2 {"lastUpdateId":7}` + "\n" + lineB + lineC),
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := play(t, write(t, strings.ReplaceAll(name, " ", "_"), content))
			if err != nil || !slices.Equal(got, abc) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// A line may be longer than any buffer, up to MaxLine.
func TestFileLongLines(t *testing.T) {
	line := func(size int) string { // of so many bytes
		const head, tail = `5 {"stream":"a","data":"`, `"}`
		return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
	}
	for _, size := range []int{64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20, source.MaxLine} {
		got, _, err := play(t, write(t, "long", []byte(lineA+line(size)+"\n"+lineC)))
		if err != nil || len(got) != 3 || len(got[1].data) != size-len(`5 {"stream":"a","data":}`) || got[2] != abc[2] {
			t.Errorf("%d bytes: %d messages, %v", size, len(got), err)
		}
	}
	for name, content := range map[string]string{
		"one byte more":     lineA + line(source.MaxLine+1) + "\n" + lineC,
		"and last":          lineA + line(source.MaxLine+1),
		"never a line feed": lineA + line(2*source.MaxLine),
	} {
		got, _, err := play(t, write(t, "long", []byte(content)))
		var e *source.FileError
		if !errors.Is(err, source.ErrLineTooLong) || !errors.As(err, &e) || e.Line != 2 || len(got) != 1 {
			t.Errorf("%s: %d messages, %v", name, len(got), err)
		}
	}
}

// Wherever a gzip file is cut, the error says so, and what was published is whole messages from the beginning.
func TestFileTruncatedGzip(t *testing.T) {
	whole := zip(t, lineA+lineB+lineC)
	seen := 0
	for cut := 2; cut < len(whole); cut++ {
		got, _, err := play(t, write(t, "cut.gz", whole[:cut]))
		if !errors.Is(err, source.ErrTruncated) || !strings.Contains(err.Error(), "get it again") {
			t.Fatalf("cut at %d of %d: %v", cut, len(whole), err)
		}
		if len(got) > len(abc) || !slices.Equal(got, abc[:len(got)]) {
			t.Fatalf("cut at %d of %d: published %v", cut, len(whole), got)
		}
		seen = max(seen, len(got))
	}
	if seen != len(abc) { // the cut in the checksum comes after the last message
		t.Errorf("at most %d messages came of %d", seen, len(abc))
	}
}

func TestFileDamagedGzip(t *testing.T) {
	whole := zip(t, lineA+lineB+lineC)
	// RFC 1952, section 2.3: ... compressed blocks, CRC32 (4 bytes), ISIZE (4 bytes).
	checksum := bytes.Clone(whole)
	checksum[len(checksum)-8] ^= 1
	method := bytes.Clone(whole)
	method[2] = 9 // CM: only 8, deflate, is defined
	block := bytes.Clone(whole)
	block[10] = 7 // BFINAL=1, BTYPE=11: reserved
	for name, content := range map[string][]byte{
		"checksum": checksum, "method": method, "block": block, "garbage behind": append(bytes.Clone(whole), "garbage, ten bytes"...),
	} {
		_, _, err := play(t, write(t, "damaged", content))
		var e *source.FileError
		if !errors.Is(err, source.ErrCorrupt) || !errors.As(err, &e) || e.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFileMalformedLine(t *testing.T) {
	path := write(t, "bad", []byte(lineA+`2 {"stream":"b","data":}`+"\n"+lineC))
	got, _, err := play(t, path)
	want := "replay " + path + ":2:24: malformed line: a JSON value must stand here; mend or delete the line; " +
		"a replay does not pass over it, because what follows may build on it"
	if err == nil || err.Error() != want || !errors.Is(err, source.ErrMalformed) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if !slices.Equal(got, abc[:1]) {
		t.Errorf("published %v", got)
	}
}

func TestFileNothingToPlay(t *testing.T) {
	for name, content := range map[string][]byte{
		"empty": nil, "empty gzip": zip(t, ""), "only a snapshot": []byte(`1 {"lastUpdateId":7}` + "\n"), "line feeds": []byte("\n\n"),
	} {
		path := write(t, "empty", content)
		for _, loop := range []bool{false, true} {
			r, err := source.NewReplay(source.ReplayConfig{Path: path, Speed: source.Max, Loop: loop})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Run(context.Background(), new(collector)); !errors.Is(err, source.ErrNoMessages) {
				t.Errorf("%s, loop %v: %v", name, loop, err)
			}
		}
	}
}

func TestFileNotThere(t *testing.T) {
	_, err := source.NewReplay(source.ReplayConfig{Path: t.TempDir() + "/no"})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	_, err = source.NewReplay(source.ReplayConfig{Path: t.TempDir()})
	if !errors.Is(err, source.ErrNotRegular) {
		t.Errorf("directory: %v", err)
	}
}
