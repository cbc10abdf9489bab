package config

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// size is a number of bytes, with a binary unit or none.
type size struct {
	p        *int64
	min, max int64
}

// units are those that String and Set know. Decimal ones are refused with a hint: people who write 64KB nearly
// always mean 64 KiB, and a buffer limit should not rest on "nearly".
var units = []struct {
	suffix string
	shift  int
}{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}}

func (v *size) Set(s string) error {
	n, err := parseSize(s)
	if err != nil {
		return err
	}
	if n < v.min || n > v.max {
		return fmt.Errorf("%s is out of range; write %s to %s", s, formatSize(v.min), formatSize(v.max))
	}
	*v.p = n
	return nil
}

func (v *size) String() string { return formatSize(*v.p) }

func parseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ")
	unit := strings.TrimSpace(s[len(digits):])
	n, err := strconv.ParseInt(strings.ReplaceAll(digits, "_", ""), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a size; write a whole number of bytes, or one with KiB, MiB or GiB, such as 64KiB", s)
	}
	if unit == "" || unit == "B" {
		return n, nil
	}
	for _, u := range units {
		if unit == u.suffix {
			if bits.Len64(uint64(n))+u.shift > 63 {
				return 0, fmt.Errorf("%s is out of range", s)
			}
			return n << u.shift, nil
		}
	}
	if i := strings.IndexByte("KMG", strings.ToUpper(unit)[0]); i >= 0 {
		return 0, fmt.Errorf("%q has a unit that is not known; write %s%ciB", s, digits, "KMG"[i])
	}
	return 0, fmt.Errorf("%q has a unit that is not known; write KiB, MiB or GiB, such as 64KiB", s)
}

// formatSize writes n with the largest unit that divides it.
func formatSize(n int64) string {
	for _, u := range units {
		if n > 0 && n&(1<<u.shift-1) == 0 {
			return strconv.FormatInt(n>>u.shift, 10) + u.suffix
		}
	}
	return strconv.FormatInt(n, 10)
}
