package book

import (
	"errors"
	"fmt"

	"github.com/tidwall/gjson"
)

// ErrFormat is wrapped by the errors for data that is no difference, or no snapshot.
var ErrFormat = errors.New("book: not in the form of an order book")

// change is a difference, or with first equal to last a snapshot: what it says of both sides, and the updates it holds.
type change struct {
	first, last gjson.Result
	bids, asks  gjson.Result
}

// parseDifference finds the fields of a difference. A side may be missing; the numbers may not.
func parseDifference(data []byte) (c change, err error) {
	gjson.ParseBytes(data).ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "U":
			c.first = value
		case "u":
			c.last = value
		case "b":
			c.bids = value
		case "a":
			c.asks = value
		}
		return true
	})
	if c.first.Type != gjson.Number || c.last.Type != gjson.Number || c.first.Int() > c.last.Int() {
		return c, fmt.Errorf("%w: a difference has the numbers U and u, and U is not above u", ErrFormat)
	}
	return c, nil
}

// parseSnapshot finds the fields of a snapshot.
func parseSnapshot(data []byte) (c change, err error) {
	gjson.ParseBytes(data).ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "lastUpdateId":
			c.first, c.last = value, value
		case "bids":
			c.bids = value
		case "asks":
			c.asks = value
		}
		return true
	})
	if c.last.Type != gjson.Number || !c.bids.IsArray() || !c.asks.IsArray() {
		return c, fmt.Errorf("%w: a snapshot has the number lastUpdateId and the arrays bids and asks", ErrFormat)
	}
	return c, nil
}

// load gives a side the levels of a JSON array.
func (s *side) load(levels gjson.Result) (err error) {
	if !levels.Exists() {
		return nil
	}
	if !levels.IsArray() {
		return fmt.Errorf("%w: a side is an array of levels, not %.32q", ErrFormat, levels.Raw)
	}
	levels.ForEach(func(_, l gjson.Result) bool {
		price, quantity, ok := pair(l)
		if !ok {
			err = fmt.Errorf("%w: a level is an array of price and quantity, both strings, not %.64q", ErrFormat, l.Raw)
			return false
		}
		err = s.set(price, quantity)
		return err == nil
	})
	return err
}

// pair takes a level apart. What exchanges put behind the two is ignored.
func pair(l gjson.Result) (price, quantity string, ok bool) {
	if !l.IsArray() {
		return "", "", false
	}
	n := 0
	l.ForEach(func(_, v gjson.Result) bool {
		if v.Type != gjson.String {
			return false
		}
		if n == 0 {
			price = v.Str
		} else {
			quantity = v.Str
		}
		n++
		return n < 2
	})
	return price, quantity, n == 2
}
