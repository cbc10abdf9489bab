package source

import "strings"

// listing is what does not change about a symbol. Amounts are in units of 1e-8, the last digit the exchange writes.
type listing struct {
	name  string // in lower case, as in channel names
	start int64  // the price the walk begins at
	tick  int64  // prices are multiples of it
	lot   int64  // quantities are multiples of it
}

const (
	one  = 100_000_000 // 1 in units of 1e-8
	cent = one / 100
)

// known are symbols of the real market, at about the prices of the day the recording was made.
var known = [...]listing{
	{"btcusdt", 61_837_63 * cent, cent, one / 100_000},
	{"ethusdt", 2_412_87 * cent, cent, one / 10_000},
	{"solusdt", 152_34 * cent, cent, one / 1000},
	{"bnbusdt", 508_91 * cent, cent, one / 1000},
	{"xrpusdt", 6123 * cent / 100, cent / 100, one},
	{"dogeusdt", 10241 * cent / 1000, cent / 1000, one},
	{"adausdt", 3361 * cent / 100, cent / 100, one / 10},
	{"avaxusdt", 21_68 * cent, cent, one / 100},
	{"linkusdt", 10_27 * cent, cent, one / 100},
	{"ltcusdt", 59_44 * cent, cent, one / 1000},
	{"dotusdt", 4718 * cent / 10, cent / 10, one / 100},
	{"trxusdt", 12735 * cent / 1000, cent / 1000, one / 10},
	{"bchusdt", 341_60 * cent, cent, one / 1000},
	{"uniusdt", 5962 * cent / 10, cent / 10, one / 100},
	{"nearusdt", 3877 * cent / 10, cent / 10, one / 10},
	{"atomusdt", 4683 * cent / 10, cent / 10, one / 100},
}

// listed is the symbol of that index: a known one, or one with a made-up name, always the same.
func listed(i int) listing {
	if i < len(known) {
		return known[i]
	}
	i -= len(known)
	mix := uint64(i+1) * 0x9e3779b97f4a7c15 // Fibonacci hashing: neighbours differ in all that follows
	tick := [...]int64{cent, cent / 10, cent / 100}[mix>>32%3]
	return listing{
		name:  coin(i) + "usdt",
		start: tick * int64(2_000+mix>>40%200_000),
		tick:  tick,
		lot:   one * cent / tick / 1000,
	}
}

// The letters of made-up names. Without g, so that none is "doge".
const (
	consonants = "bcdfhklmnprstvz"
	vowels     = "aeiou"
	syllables  = len(consonants) * len(vowels)
)

// coin makes up a name of two syllables, and of three when those are used up.
func coin(i int) string {
	n, count := 2, syllables*syllables
	if i >= count {
		i -= count
		n, count = 3, count*syllables
	}
	i = (i + 1) * 1409 % count // 1409 is prime and divides no count: every name once, neighbours unlike each other
	var b strings.Builder
	for range n {
		b.WriteByte(consonants[i%syllables/len(vowels)])
		b.WriteByte(vowels[i%len(vowels)])
		i /= syllables
	}
	return b.String()
}
