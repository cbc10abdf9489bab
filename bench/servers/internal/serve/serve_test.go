package serve_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"

	"github.com/weir-ws/weir/bench/servers/internal/serve"
)

func TestRoom(t *testing.T) {
	var r serve.Room[int]
	if r.Remove(1) {
		t.Error("one was in the empty room")
	}
	for i := range 5 {
		r.Add(i)
	}
	if !r.Remove(3) {
		t.Error("3 was not in")
	}
	all := func(keep func(int) bool) (seen []int) {
		r.Each(func(i int) bool { seen = append(seen, i); return keep(i) })
		slices.Sort(seen)
		return seen
	}
	if got := all(func(i int) bool { return i != 0 }); !slices.Equal(got, []int{0, 1, 2, 4}) {
		t.Errorf("the room holds %v", got)
	}
	if got := all(func(int) bool { return true }); !slices.Equal(got, []int{1, 2, 4}) {
		t.Errorf("with one put out it holds %v", got)
	}
}

// What HTTP prints goes to the test's stdout, so the address is found by taking one beforehand.
func TestHTTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if err := serve.HTTP(t.Context(), l.Addr().String(), http.NotFoundHandler()); err == nil {
		t.Error("a taken address is listened on")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := serve.HTTP(ctx, "127.0.0.1:0", http.NotFoundHandler()); err != nil && err != io.EOF {
		t.Errorf("an ended context: %v", err)
	}
}
