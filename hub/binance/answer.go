package binance

import (
	"encoding/json"
	"strconv"
)

func appendResult(dst, result, id []byte) []byte {
	dst = append(append(dst, `{"result":`...), result...)
	return append(append(append(dst, `,"id":`...), id...), '}')
}

// appendFailure writes an error. Its fields stand at the top, as in the exchange's document, and once more below "error", as in its
// WebSocket API: clients look in one place or the other.
func appendFailure(dst []byte, f *failure, id []byte) []byte {
	text, _ := json.Marshal(f.text) // a string always can be
	body := append(append(append([]byte(`"code":`), strconv.Itoa(f.code)...), `,"msg":`...), text...)
	dst = append(append(append(dst, '{'), body...), `,"error":{`...)
	dst = append(append(dst, body...), '}')
	if id != nil {
		dst = append(append(dst, `,"id":`...), id...)
	}
	return append(dst, '}')
}
