package cli

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	for _, c := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, "weir (devel) go"},
		{&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "weir v1.2.3 go"},
		{&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}}},
			"weir v1.2.3 (0123456789ab, modified) go"},
	} {
		if got := version(c.info); !strings.HasPrefix(got, c.want) {
			t.Errorf("version is %q, want %q...", got, c.want)
		}
	}
}
