// Package cli is the command line of weir: the commands, their help, their errors and exit codes. [Execute] runs one in
// the calling process with everything it touches handed to it, so that tests can do the same.
package cli
