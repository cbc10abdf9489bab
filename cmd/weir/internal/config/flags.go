package config

import "github.com/spf13/pflag"

// FlagSet returns the flags of one group, with their defaults and help texts.
func FlagSet(group string) *pflag.FlagSet {
	fs := pflag.NewFlagSet(group, pflag.ContinueOnError)
	fs.SortFlags = false
	def := Default()
	for i := range options {
		if o := &options[i]; o.Group == group {
			v := o.value(def)
			r := &raw{text: v.String()}
			f := fs.VarPF(r, o.Flag, "", o.Help)
			switch v.(type) {
			case *boolean:
				f.NoOptDefVal = "true"
				r.kind = "bool"
			case *list, *rules, *upstreams:
				r.many = true
			}
		}
	}
	return fs
}

// raw keeps what was written on the command line. It is judged together with the other places, so that an error
// reads the same wherever a value comes from.
type raw struct {
	text string
	kind string
	many bool // a second use of the flag adds to the first
	set  bool
}

// Set implements pflag.Value.
func (r *raw) Set(s string) error {
	if r.many && r.set {
		s = r.text + "," + s
	}
	r.text, r.set = s, true
	return nil
}

// String implements pflag.Value.
func (r *raw) String() string { return r.text }

// Type implements pflag.Value: what help shows for a value without a name.
func (r *raw) Type() string { return r.kind }

// flagKey is the key that a flag sets, "" if it is none of the table's.
func flagKey(flag string) string {
	for i := range options {
		if options[i].Flag == flag {
			return options[i].Key()
		}
	}
	return ""
}

func keys() []string {
	var all []string
	for i := range options {
		all = append(all, options[i].Key())
	}
	return all
}

func isGroup(key string) bool {
	for _, g := range Groups() {
		if g.Name == key {
			return true
		}
	}
	return false
}
