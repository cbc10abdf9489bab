package tail

import (
	"encoding/json"
	"fmt"
	"testing"
)

// The protocol has 1024 channels in a request at most.
func TestSubscribesInBatches(t *testing.T) {
	var names []string
	for i := range 2049 {
		names = append(names, fmt.Sprint("c", i))
	}
	reqs, err := subscribes(names)
	if err != nil || len(reqs) != 3 {
		t.Fatalf("%d requests, %v", len(reqs), err)
	}
	var all []string
	for _, r := range reqs {
		var m struct {
			Type     string
			Channels []string
		}
		if err := json.Unmarshal(r, &m); err != nil || m.Type != "subscribe" || len(m.Channels) > 1024 {
			t.Errorf("%s with %d channels, %v", m.Type, len(m.Channels), err)
		}
		all = append(all, m.Channels...)
	}
	if fmt.Sprint(all) != fmt.Sprint(names) {
		t.Error("the requests name other channels")
	}
}
