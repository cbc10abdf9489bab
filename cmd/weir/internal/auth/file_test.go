package auth

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Keys are read again when the file has changed; a file that cannot be used leaves the old in force, and both are said once.
func TestKeysAreReadAgain(t *testing.T) {
	s := issuer()
	set := s.jwks()
	a := newJWT(t, JWTConfig{}, keySet(set[0]))
	f := a.jwt.keys
	hs, ed := s.sign(t, jwt.SigningMethodHS256, "h", good()), s.sign(t, jwt.SigningMethodEdDSA, "e", good())
	var log logBuffer
	l := log.logger()
	check := func(what string, hsWant, edWant error, said string) {
		t.Helper()
		f.look(l)
		if _, err := a.verify(hs); err != hsWant {
			t.Errorf("%s: HS256: %v, want %v", what, err, hsWant)
		}
		if _, err := a.verify(ed); err != edWant {
			t.Errorf("%s: EdDSA: %v, want %v", what, err, edWant)
		}
		text := log.Take()
		if (said == "") != (text == "") || !strings.Contains(text, said) || strings.Contains(text, b64(s.secret)[:8]) {
			t.Errorf("%s: logged %q, want %q", what, text, said)
		}
		f.look(l) // nothing has changed: nothing is said
		if text := log.Take(); text != "" {
			t.Errorf("%s, and again: logged %q", what, text)
		}
	}
	check("as it was", nil, errNoKey, "")
	rewrite(t, f.path, keySet(set[2]))
	check("another key", errNoKey, nil, "read again")
	rewrite(t, f.path, keySet(set[2])[:20])
	check("half written", errNoKey, nil, "not a JSON web key set")
	rewrite(t, f.path, keySet())
	check("another fault", errNoKey, nil, "no key in it")
	rewrite(t, f.path, keySet(set[0], set[2]))
	check("whole", nil, nil, "read again")
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	check("gone", nil, nil, "no such file")
	rewrite(t, f.path, keySet(set[0], set[2]))
	check("as before", nil, nil, "read again") // so that the fault is seen to be over
	// Kubernetes replaces what a symbolic link points to.
	if err := os.Rename(f.path, f.path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(f.path+".1", f.path); err != nil {
		t.Fatal(err)
	}
	rewrite(t, f.path+".2", keySet(set[0]))
	check("a link to the same", nil, nil, "")
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(f.path+".2", f.path); err != nil {
		t.Fatal(err)
	}
	check("a link to another", nil, errNoKey, "read again")
}

// A file with the size and time of before is taken for the same, but not while it is so young that it may have been
// written twice within one tick of the file system.
func TestFileTimes(t *testing.T) {
	parsed := 0
	path := write(t, "a")
	old := time.Now().Add(-time.Hour)
	touch := func(at time.Time) {
		t.Helper()
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	touch(old)
	f, err := openFile(path, func(b []byte) (string, error) { parsed++; return string(b), nil })
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, path, "b")
	touch(old) // nobody can see that
	if changed, err := f.refresh(); changed || err != nil || *f.now.Load() != "a" {
		t.Errorf("%v %v %s", changed, err, *f.now.Load())
	}
	young := time.Now().Add(time.Hour) // in the future: always young
	touch(young)
	if changed, err := f.refresh(); !changed || err != nil || *f.now.Load() != "b" {
		t.Errorf("%v %v %s", changed, err, *f.now.Load())
	}
	rewrite(t, path, "c")
	touch(young)
	if changed, err := f.refresh(); !changed || err != nil || *f.now.Load() != "c" {
		t.Errorf("%v %v %s", changed, err, *f.now.Load())
	}
	if _, _ = f.refresh(); parsed != 3 {
		t.Errorf("parsed %d times", parsed)
	}
}

func TestFileTooLarge(t *testing.T) {
	_, err := New(Config{Method: Tokens, Tokens: write(t, strings.Repeat("# comment\n", maxFile/10+1))})
	if err == nil || !strings.Contains(err.Error(), "more than 4194304 bytes") {
		t.Errorf("%v", err)
	}
	for _, m := range []string{Tokens, JWT} {
		if _, err := New(Config{Method: m, Tokens: "/nowhere", JWT: JWTConfig{Keys: "/nowhere"}}); !os.IsNotExist(err) {
			t.Errorf("%s: %v", m, err)
		}
	}
	if _, err := New(Config{Method: "magic"}); err == nil || !strings.Contains(err.Error(), `"magic"`) {
		t.Errorf("%v", err)
	}
}

// Watch looks at the file until it is told to stop.
func TestWatch(t *testing.T) {
	path := write(t, "ann "+tokenA+" subscribe=*")
	a, err := New(Config{Method: Tokens, Tokens: path})
	if err != nil {
		t.Fatal(err)
	}
	var log logBuffer
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.static.watch(ctx, time.Millisecond, log.logger()) }()
	rewrite(t, path, "bob "+tokenB+" subscribe=*")
	for {
		if _, err := a.verify(tokenB); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
	if _, err := a.verify(tokenA); err != errUnknown {
		t.Errorf("the old token: %v", err)
	}
	hurried, enough := context.WithCancel(t.Context())
	done = make(chan struct{})
	go func() { defer close(done); a.static.watch(hurried, time.Hour, log.logger()) }()
	rewrite(t, path, "ann "+tokenA+" subscribe=*")
	hup := make(chan os.Signal, 1)
	// So that it never ends the tests, however late watch listens and however late the last one comes: there is no signal.Stop.
	signal.Notify(hup, syscall.SIGHUP)
	for {
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		if _, err := a.verify(tokenA); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	enough()
	<-done
	stopped, stop := context.WithCancel(t.Context())
	stop()
	a.Watch(stopped, log.logger())
	newJWT(t, JWTConfig{}, keySet(issuer().jwks()...)).Watch(stopped, log.logger())
}
