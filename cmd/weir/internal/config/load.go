package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// EnvFile is the variable that names the configuration file where --config does not.
const EnvFile = "WEIR_CONFIG"

// EnvToken is the variable from which `weir tail` takes its token. It may stand beside those of a server.
const EnvToken = "WEIR_TOKEN"

const envPrefix = "WEIR_"

// Load puts the layers on top of each other: defaults, then the file at path (or at [EnvFile] if path is empty), then
// the environment ("NAME=value" each), then the flags that were given. The error joins an [*Error] for everything
// that is wrong in any of them.
func Load(path string, environ []string, flags *pflag.FlagSet) (*Config, error) {
	c := Default()
	c.from = make(map[string]origin)
	var errs []error
	if path == "" {
		path = lookup(environ, EnvFile)
	}
	if path != "" {
		errs = append(errs, c.loadFile(path)...)
	}
	errs = append(errs, c.loadEnv(environ)...)
	errs = append(errs, c.loadFlags(flags)...)
	if len(errs) == 0 {
		c.derive()
		errs = c.check()
	}
	return c, errors.Join(errs...)
}

func (c *Config) loadFile(path string) []error {
	var parser koanf.Parser
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".yaml", ".yml":
		parser = yaml.Parser()
	case ".toml":
		parser = toml.Parser()
	default:
		return []error{&Error{Place: path, Problem: fmt.Sprintf("a configuration file with the ending %q", ext),
			Hint: "name it .yaml, .yml or .toml, as what it is"}}
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), parser); err != nil {
		return []error{&Error{Place: path, Problem: oneLine(err), Err: err}}
	}
	return c.apply(k, func(key string) *Error { return &Error{Place: path, Key: key} }, origin{layerFile, path})
}

func (c *Config) loadEnv(environ []string) []error {
	var errs []error
	k := koanf.New(".")
	inKubernetes := lookup(environ, "KUBERNETES_SERVICE_HOST") != ""
	var unknown []string
	err := k.Load(env.Provider(".", env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			for i := range options {
				if options[i].Env() == name {
					return options[i].Key(), value
				}
			}
			if name != EnvFile && name != EnvToken && !(inKubernetes && isServiceLink(name, value)) {
				unknown = append(unknown, name)
			}
			return "", nil
		},
	}), nil)
	if err != nil {
		return []error{&Error{Place: "environment", Problem: oneLine(err), Err: err}}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		errs = append(errs, &Error{Place: name, Problem: "unknown variable", Hint: didYouMean(envPrefix, name, envNames())})
	}
	return append(errs, c.apply(k, func(key string) *Error { return &Error{Place: optionOf(key).Env()} },
		origin{layer: layerEnv})...)
}

func (c *Config) loadFlags(flags *pflag.FlagSet) []error {
	if flags == nil {
		return nil
	}
	k := koanf.New(".")
	err := k.Load(posflag.ProviderWithFlag(flags, ".", nil, func(f *pflag.Flag) (string, any) {
		return flagKey(f.Name), f.Value.String()
	}), nil)
	if err != nil {
		return []error{&Error{Place: "command line", Problem: oneLine(err), Err: err}}
	}
	return c.apply(k, func(key string) *Error { return &Error{Place: "--" + optionOf(key).Flag} },
		origin{layer: layerFlag})
}

func optionOf(key string) *Option {
	for i := range options {
		if options[i].Key() == key {
			return &options[i]
		}
	}
	return nil
}

func envNames() []string {
	names := []string{EnvFile}
	for i := range options {
		names = append(names, options[i].Env())
	}
	return names
}

// lookup returns the last value of name, as a shell would.
func lookup(environ []string, name string) string {
	for _, e := range slices.Backward(environ) {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}

// oneLine is an error's text for behind the name of its place.
func oneLine(err error) string {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err // the place is the path
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
