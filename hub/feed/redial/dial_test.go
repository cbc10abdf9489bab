package redial

import (
	"net/url"
	"testing"
)

// Passwords and tokens do not belong on a screen that others see.
func TestShownHasNoSecrets(t *testing.T) {
	u, err := url.Parse("wss://user:secret@h/feed?token=secret")
	if err != nil || Shown(u) != "wss://h/feed" {
		t.Errorf("shown is %q, %v", Shown(u), err)
	}
}
