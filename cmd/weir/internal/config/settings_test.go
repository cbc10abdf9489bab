package config

import (
	"errors"
	"slices"
	"testing"
)

// What an error lists is what there is.
func TestEverySettingIsOne(t *testing.T) {
	for _, c := range []struct {
		settings
		set func(name, value string) error
	}{
		{ruleSettings, new(Rule).set},
		{upstreamSettings, new(Upstream).set},
	} {
		for _, name := range slices.Concat(c.names, c.many) {
			if err := c.set(name, ""); errors.Is(err, errNoSetting) {
				t.Errorf("%s is listed, and no setting", name)
			}
		}
		if err := c.set("speed", "1"); !errors.Is(err, errNoSetting) {
			t.Errorf("speed is a setting: %v", err)
		}
	}
}
