package edgecases

import (
	"net/http"

	"github.com/weir-ws/weir/engine"
)

// Caps are the cases that are refused before anything is read.
func Caps() []Case {
	retry := http.Header{"Retry-After": {Any}}
	// So slow a rate that no clock, however fast, gives back a token during the test.
	const never = 1e-4
	cs := []Case{
		{Name: "global cap", Before: 2, Status: 503, Header: retry,
			Config: func(c *engine.Config) { c.MaxConns = 2 }},
		{Name: "below the global cap", Before: 1, Status: 101,
			Config: func(c *engine.Config) { c.MaxConns = 2 }},
		{Name: "cap of one address", Before: 2, Status: 429, Header: retry,
			Config: func(c *engine.Config) { c.MaxConnsPerAddr, c.LimitLoopback = 2, true }},
		{Name: "below the cap of one address", Before: 1, Status: 101,
			Config: func(c *engine.Config) { c.MaxConnsPerAddr, c.LimitLoopback = 2, true }},
		{Name: "rate of one address", Before: 3, Status: 429, Header: retry,
			Config: func(c *engine.Config) { c.ConnRate, c.ConnBurst, c.LimitLoopback = never, 3, true }},
		{Name: "global rate", Before: 3, Status: 503, Header: retry,
			Config: func(c *engine.Config) { c.TotalConnRate, c.TotalConnBurst = never, 3 }},
	}
	for i := range cs {
		cs[i].Row, cs[i].Input = RowCap, Request()
	}
	return cs
}
