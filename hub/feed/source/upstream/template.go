package upstream

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"
)

// template is a text with values of a message in it.
//
//	{stream}        the string or number at the path "stream"
//	{s|lower}@trade the one at "s" in small letters, and "@trade" behind it
type template struct {
	parts []part
}

// part is a text, or a path.
type part struct {
	text string
	path string // "": a text
	form func(string) string
}

// forms are what may stand behind a path.
var forms = map[string]func(string) string{"lower": strings.ToLower, "upper": strings.ToUpper}

var errBrace = errors.New(`a "{" without its "}", or a "}" without its "{"`)

// parseTemplate reads one. There is no way to write a brace: no channel's name has any.
func parseTemplate(s string) (template, error) {
	var t template
	for rest := s; rest != ""; {
		text, after, more := strings.Cut(rest, "{")
		if strings.Contains(text, "}") {
			return t, errBrace
		}
		if text != "" {
			t.parts = append(t.parts, part{text: text})
		}
		if !more {
			break
		}
		inner, behind, ok := strings.Cut(after, "}")
		if !ok {
			return t, errBrace
		}
		path, form, has := strings.Cut(inner, "|")
		p := part{path: path}
		if err := checkPath(path); err != nil {
			return t, err
		}
		if has {
			if p.form = forms[form]; p.form == nil {
				return t, fmt.Errorf("%q is no form of a value; write lower or upper", form)
			}
		}
		t.parts = append(t.parts, p)
		rest = behind
	}
	return t, nil
}

// fill returns the text for a message; ok is false if a value is missing.
func (t template) fill(msg []byte) (s string, ok bool) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.path == "" {
			b.WriteString(p.text)
			continue
		}
		v, ok := scalar(gjson.GetBytes(msg, p.path))
		if !ok || v == "" {
			return "", false
		}
		if p.form != nil {
			v = p.form(v)
		}
		b.WriteString(v)
	}
	return b.String(), true
}

// scalar is a value as a text: a number is as it was written.
func scalar(v gjson.Result) (s string, ok bool) {
	switch v.Type {
	case gjson.String:
		return v.Str, true
	case gjson.Number, gjson.True, gjson.False:
		return v.Raw, true
	}
	return "", false
}

// checkPath lets through names of fields and numbers of elements with dots between them. What else the library knows would make the cost of a
// message depend on more than its length.
func checkPath(path string) error {
	for _, name := range strings.Split(path, ".") {
		if name == "" || strings.Trim(name, pathBytes) != "" {
			return fmt.Errorf("%.64q is not a path; write names separated by dots, such as s or data.symbol", path)
		}
	}
	return nil
}

const pathBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
