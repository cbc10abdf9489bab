package source

import "strconv"

// The messages of the exchange, field by field in its order. All values are numbers or come from listings, so that
// nothing needs escaping.

// appendTrade: m tells that the buyer is the maker, so that the trade was at the bid; M the exchange itself says to
// ignore.
func (y *symbol) appendTrade(dst []byte, ms, key, lots int64) []byte {
	dst = append(dst, `{"e":"trade","E":`...)
	dst = strconv.AppendInt(dst, ms, 10)
	dst = append(dst, `,"s":"`...)
	dst = append(dst, y.upper...)
	dst = append(dst, `","t":`...)
	dst = strconv.AppendInt(dst, y.tradeID, 10)
	dst = append(dst, `,"p":"`...)
	dst = y.appendPrice(dst, key)
	dst = append(dst, `","q":"`...)
	dst = appendFixed8(dst, lots*y.lot)
	dst = append(dst, `","T":`...)
	dst = strconv.AppendInt(dst, ms, 10)
	dst = append(dst, `,"m":`...)
	dst = strconv.AppendBool(dst, key < 0)
	return append(dst, `,"M":true}`...)
}

func (y *symbol) appendTicker(dst []byte, t top) []byte {
	dst = append(dst, `{"u":`...)
	dst = strconv.AppendInt(dst, y.update, 10)
	dst = append(dst, `,"s":"`...)
	dst = append(dst, y.upper...)
	dst = append(dst, `","b":"`...)
	dst = y.appendPrice(dst, t.bid.key)
	dst = append(dst, `","B":"`...)
	dst = appendFixed8(dst, t.bid.lots*y.lot)
	dst = append(dst, `","a":"`...)
	dst = y.appendPrice(dst, t.ask.key)
	dst = append(dst, `","A":"`...)
	dst = appendFixed8(dst, t.ask.lots*y.lot)
	return append(dst, `"}`...)
}

// appendDepth tells all that changed, and forgets that it did.
func (y *symbol) appendDepth(dst []byte, ms int64) []byte {
	dst = append(dst, `{"e":"depthUpdate","E":`...)
	dst = strconv.AppendInt(dst, ms, 10)
	dst = append(dst, `,"s":"`...)
	dst = append(dst, y.upper...)
	dst = append(dst, `","U":`...)
	dst = strconv.AppendInt(dst, y.depthTo+1, 10)
	dst = append(dst, `,"u":`...)
	dst = strconv.AppendInt(dst, y.update, 10)
	dst = append(dst, `,"b":[`...)
	dst = y.appendLevels(dst, &y.bids)
	dst = append(dst, `],"a":[`...)
	dst = y.appendLevels(dst, &y.asks)
	return append(dst, `]}`...)
}

// appendEmptyBook is the state that the first difference is to be applied to: it has all levels.
func (y *symbol) appendEmptyBook(dst []byte) []byte {
	dst = append(dst, `{"lastUpdateId":`...)
	dst = strconv.AppendInt(dst, y.depthTo, 10)
	return append(dst, `,"bids":[],"asks":[]}`...)
}

// appendLevels tells the changed levels of a side, best first; a quantity of 0 takes a level away.
func (y *symbol) appendLevels(dst []byte, s *side) []byte {
	for i, key := range s.takeChanged() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `["`...)
		dst = y.appendPrice(dst, key)
		dst = append(dst, `","`...)
		dst = appendFixed8(dst, s.lots(key)*y.lot)
		dst = append(dst, `"]`...)
	}
	return dst
}

func (y *symbol) appendPrice(dst []byte, key int64) []byte {
	return appendFixed8(dst, max(key, -key)*y.tick)
}

// appendFixed8 writes an amount of units of 1e-8 with all eight decimals, as the exchange does: "61837.63000000".
func appendFixed8(dst []byte, v int64) []byte {
	dst = strconv.AppendInt(dst, v/one, 10)
	// The 1 in front keeps the zeros that lead the decimals; the point takes its place.
	point := len(dst)
	dst = strconv.AppendInt(dst, one+v%one, 10)
	dst[point] = '.'
	return dst
}
