package tail

import "encoding/json"

// message is anything the server says.
type message struct {
	Type    string          `json:"type"`
	Channel string          `json:"channel"`
	Epoch   string          `json:"epoch"`
	Seq     uint64          `json:"seq"`
	From    uint64          `json:"from"`    // not 0: it stands for those from there on
	Dropped uint64          `json:"dropped"` // before this one
	TS      int64           `json:"ts"`      // ns since 1970, by the publisher's clock; 0: none
	Data    json.RawMessage `json:"data"`
	Code    string          `json:"code"`
	Message string          `json:"message"`
}

// subscribes makes the requests for the channels, as many as it takes: the protocol has 1024 in one at most.
func subscribes(channels []string) ([][]byte, error) {
	const batch = 1024
	var out [][]byte
	for len(channels) > 0 {
		n := min(batch, len(channels))
		b, err := json.Marshal(struct {
			Type     string   `json:"type"`
			Channels []string `json:"channels"`
		}{"subscribe", channels[:n]})
		if err != nil {
			return nil, err
		}
		out = append(out, b)
		channels = channels[n:]
	}
	return out, nil
}
