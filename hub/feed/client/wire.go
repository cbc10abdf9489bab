package client

import (
	"encoding/json"
	"strconv"
)

// inbound is anything the server says.
type inbound struct {
	Type      string          `json:"type"`
	Channel   string          `json:"channel"`
	Pattern   string          `json:"pattern"`
	Epoch     string          `json:"epoch"`
	Seq       uint64          `json:"seq"`
	From      uint64          `json:"from"`
	Dropped   uint64          `json:"dropped"`
	TS        int64           `json:"ts"`
	Recv      int64           `json:"recv"`
	Sent      int64           `json:"sent"`
	Key       string          `json:"key"`
	Gap       bool            `json:"gap"`
	Snapshot  json.RawMessage `json:"snapshot"` // of "subscribed" a count, of "message" true
	Recovered bool            `json:"recovered"`
	MaxHz     float64         `json:"maxHz"`
	Policy    string          `json:"policy"`
	Expires   int64           `json:"expires"`
	Code      string          `json:"code"`
	Message   string          `json:"message"`
	ID        json.RawMessage `json:"id"`
	Data      json.RawMessage `json:"data"`
}

// number is the id, which is one of ours: a number above zero. 0: there is none.
func (in *inbound) number() uint64 {
	n, err := strconv.ParseUint(string(in.ID), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// snapshots is how many a "subscribed" promises.
func (in *inbound) snapshots() int {
	n, err := strconv.Atoi(string(in.Snapshot))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// outbound is any request.
type outbound struct {
	Type     string   `json:"type"`
	Channel  string   `json:"channel,omitempty"`
	Channels []string `json:"channels,omitempty"`
	Since    *since   `json:"since,omitempty"`
	MaxHz    *float64 `json:"maxHz,omitempty"`
	Data     []byte   `json:"-"` // JSON
	TS       int64    `json:"ts,omitempty"`
	Key      string   `json:"key,omitempty"`
	Snapshot bool     `json:"snapshot,omitempty"`
	Gap      bool     `json:"gap,omitempty"`
	Token    string   `json:"token,omitempty"`
	ID       uint64   `json:"id,omitempty"`
}

type since struct {
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// encode writes the request. Data goes out byte for byte, which json.Marshal would compact.
func (o *outbound) encode() []byte {
	p, err := json.Marshal(o)
	if err != nil {
		panic(err) // there is nothing in it that cannot be written
	}
	if o.Data != nil {
		p = append(append(p[:len(p)-1], `,"data":`...), o.Data...)
		p = append(p, '}')
	}
	return p
}
