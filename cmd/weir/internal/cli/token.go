package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/weir-ws/weir/cmd/weir/internal/auth"
	"github.com/weir-ws/weir/cmd/weir/internal/config"
)

// tokenFlags are the places of a token on the command line.
type tokenFlags struct{ file, text string }

// source returns what gives the token, nil if there is none. It has been tried once. Errors never have the token.
func (t tokenFlags) source(flags *pflag.FlagSet, environ []string) (func() (string, error), error) {
	byFile, byText := flags.Changed("token-file"), flags.Changed("token")
	text, place := t.text, "--token"
	if !byFile && !byText {
		for _, e := range environ {
			if v, ok := strings.CutPrefix(e, config.EnvToken+"="); ok && v != "" {
				text, place, byText = v, config.EnvToken, true
			}
		}
	}
	var read func() (string, error)
	switch {
	case byFile && byText:
		return nil, errors.New("--token and --token-file exclude each other")
	case byFile:
		read = func() (string, error) { return readToken(t.file) }
	case byText:
		read = func() (string, error) { return checkToken(place, text) }
	default:
		return nil, nil
	}
	_, err := read()
	return read, err
}

func readToken(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	return checkToken("--token-file", string(b))
}

// checkToken refuses what no HTTP header could carry, and what is plainly something else.
func checkToken(place, text string) (string, error) {
	text = strings.TrimSpace(text)
	if !auth.IsToken(text) {
		return "", fmt.Errorf("%s: this is no token; one has letters, digits and - . _ ~ + / = only, 8192 at most", place)
	}
	return text, nil
}
