package config

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Print writes the configuration as a YAML file that Load reads back to the same values. Behind every value stands
// where it comes from. What has no meaning beside the rest (the market's options beside a replay) is left out.
func (c *Config) Print(w io.Writer) error {
	var b strings.Builder
	for _, g := range Groups() {
		fmt.Fprintf(&b, "%s:\n", g.Name)
		for i := range options {
			o := &options[i]
			if o.Group != g.Name {
				continue
			}
			if !c.applies(o.Key()) {
				continue
			}
			line := "  " + strings.TrimPrefix(o.Key(), g.Name+".") + ": " + yamlText(o.value(c))
			fmt.Fprintf(&b, "%-40s # %s\n", line, c.place(o.Key()))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var bare = regexp.MustCompile(`^(-?[0-9]+(\.[0-9]+)?|true|false|[a-z]+|[0-9]+[A-Za-z]+)$`)

// yamlText is a value as YAML: bare where that can be read as nothing else.
func yamlText(v value) string {
	if l, ok := v.(words); ok {
		words := make([]string, len(l.words()))
		for i, w := range l.words() {
			words[i] = strconv.Quote(w)
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	s := v.String()
	if _, ok := v.(*text); !ok && bare.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

func replaceWord(s, word, by string) string {
	return regexp.MustCompile(`\b`+regexp.QuoteMeta(word)+`\b`).ReplaceAllString(s, by)
}
