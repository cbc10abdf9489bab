// Package config is the configuration of `weir serve`: one struct, and one table that says for every option its
// flag, its key in a file, its variable in the environment, its default and its help text.
//
//	flags  >  environment  >  file  >  defaults
//	--max-conns   WEIR_MAX_CONNS   limits.max-conns
//
// The name is the same everywhere: the variable is WEIR_ and the flag in capitals with _ for -, the key is the group
// and the flag (without the group's name in front, so that --log-level is log.level).
//
// Nothing is passed over: an unknown key of the file, an unknown WEIR_ variable and a value that cannot be are
// errors that name the place, and what to write instead. All of them are reported at once.
package config
