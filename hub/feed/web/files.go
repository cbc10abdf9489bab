package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"strings"
	"sync"
)

//go:embed static
var static embed.FS

// file is one of the files, ready to be sent.
type file struct {
	plain, packed []byte // packed is nil where it would be no smaller
	kind          string // of its content
	tag           string // an ETag, which is the same for both forms: the header Vary tells them apart
}

// kinds are those that not every system's table has right.
var kinds = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml",
	".ts": "text/plain; charset=utf-8", ".LICENSE": "text/plain; charset=utf-8",
}

// files has all of them by their paths, such as "weir.js" and "vendor/uPlot.esm.js".
var files = sync.OnceValue(func() map[string]*file {
	all := make(map[string]*file)
	err := fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := static.ReadFile(name)
		if err != nil {
			return err
		}
		all[strings.TrimPrefix(name, "static/")] = newFile(name, b)
		return nil
	})
	if err != nil {
		panic(err) // what is embedded can be read
	}
	return all
})

func newFile(name string, b []byte) *file {
	sum := sha256.Sum256(b)
	f := &file{plain: b, tag: `"` + hex.EncodeToString(sum[:12]) + `"`}
	ext := path.Ext(name)
	if f.kind = kinds[ext]; f.kind == "" {
		f.kind = mime.TypeByExtension(ext)
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is a legal one
	if _, err := z.Write(b); err == nil && z.Close() == nil && packed.Len() < len(b) {
		f.packed = packed.Bytes()
	}
	return f
}
