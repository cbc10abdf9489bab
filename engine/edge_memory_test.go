package engine_test

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/engine/internal/edgecases"
	"github.com/weir-ws/weir/frame"
)

// memoryRun is one run of a case: the bytes the client got, and what became of the connection.
type memoryRun struct {
	got    []byte
	fin    bool
	opened int
	closed []string
}

// runInMemory feeds a case's input, cut before each of cuts.
func runInMemory(t *testing.T, c *edgecases.Case, cuts ...int) (run memoryRun) {
	t.Helper()
	var cfg engine.Config
	if c.Config != nil {
		c.Config(&cfg)
	}
	h := edgecases.Echo()
	if c.Handler != nil {
		h = c.Handler()
	}
	open := h.Open
	h.Open = func(c *engine.Conn) {
		run.opened++
		if open != nil {
			open(c)
		}
	}
	h.Close = func(_ *engine.Conn, err error) { run.closed = append(run.closed, err.Error()) }
	s := enginetest.New(t, cfg, h)
	for range c.Before {
		s.Dial()
	}
	client := s.Dial()
	from := 0
	for _, to := range append(cuts, len(c.Input)) {
		client.Write(c.Input[from:to])
		from = to
	}
	s.Settle()
	run.got = client.Read()
	if c.Code != 0 && !client.GotFIN() {
		// An application's Close waits for our answer; to what the engine itself condemns it is not owed.
		client.Send(frame.OpClose, nil)
		if b := client.Read(); len(b) > 0 {
			t.Errorf("%d bytes came behind the close frame: %q", len(b), b)
		}
	}
	run.fin = client.GotFIN()
	client.CloseWrite() // as every client does in the end
	s.Settle()
	if !client.Closed() {
		t.Fatal("the socket is still open after FINs of both sides")
	}
	if n := len(run.closed); n != run.opened {
		t.Fatalf("Open ran %d times, Close %d times: %q", run.opened, n, run.closed)
	}
	if n := s.Engine().Stats().Conns; n != int64(c.Before) {
		t.Fatalf("%d connections are left, want the %d from before", n, c.Before)
	}
	return run
}

// checkAnswer compares what a client got with what the case wants.
func checkAnswer(t *testing.T, c *edgecases.Case, run memoryRun) {
	t.Helper()
	method, _, _ := bytes.Cut(c.Input, []byte(" "))
	r, rest, err := enginetest.Response(run.got, string(method))
	if err != nil {
		t.Fatalf("no HTTP answer: %v\n%q", err, run.got)
	}
	if r.StatusCode != c.Status {
		t.Fatalf("status %d, want %d", r.StatusCode, c.Status)
	}
	for name, want := range c.Header {
		if got := r.Header[name]; !(slices.Equal(got, want) || len(got) == 1 && want[0] == edgecases.Any) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if c.Status != http.StatusSwitchingProtocols {
		var body bytes.Buffer
		if _, err := body.ReadFrom(r.Body); err != nil {
			t.Fatal(err)
		}
		if c.Body != "" && body.String() != c.Body {
			t.Errorf("body %q, want %q", &body, c.Body)
		}
		if len(rest) > 0 || !run.fin || !r.Close {
			t.Errorf("behind the answer: %d bytes, FIN %t, Connection: close %t; want 0, true, true", len(rest), run.fin, r.Close)
		}
		return
	}
	fs, rest, err := enginetest.Frames(rest)
	if err != nil || len(rest) > 0 {
		t.Fatalf("malformed frames: %v, %d bytes over", err, len(rest))
	}
	var code frame.Status
	var got []edgecases.Frame
	for i, f := range fs {
		if !f.Fin || f.RSV != 0 {
			t.Errorf("frame %d: FIN %t, RSV %d", i, f.Fin, f.RSV)
		}
		if f.Op != frame.OpClose {
			got = append(got, edgecases.Frame{Op: f.Op, Payload: f.Payload})
			continue
		}
		if i != len(fs)-1 {
			t.Errorf("%d frames behind the close frame", len(fs)-1-i)
		}
		if code, _, err = frame.ParseClose(f.Payload); err != nil {
			t.Errorf("our close frame: %v", err)
		}
	}
	if code != c.Code {
		t.Errorf("close code %d, want %d", code, c.Code)
	}
	if run.fin != (c.Code != 0) {
		t.Errorf("FIN %t with close code %d", run.fin, c.Code)
	}
	if !c.AnyFrames && !slices.EqualFunc(got, c.Frames, func(a, b edgecases.Frame) bool {
		return a.Op == b.Op && bytes.Equal(a.Payload, b.Payload)
	}) {
		t.Errorf("got %d frames, want %d:\n%.300q\n%.300q", len(got), len(c.Frames), got, c.Frames)
	}
}

// cutsOf returns where to cut an input of n bytes: everywhere, but for long ones, which are long runs of the
// same, near both ends and at a stride that meets no period in them.
func cutsOf(n int) (cuts []int) {
	stride, ends := 1, 20
	switch {
	case n > 1<<20:
		stride, ends = n/3|1, 3
	case n > 3000:
		stride = n/37 | 1
	case underRace:
		stride = 11
	}
	if underRace {
		ends = 3
	}
	for i := 1; i < n; i++ {
		if i%stride == 0 || stride > 1 && (i < ends || i > n-ends) {
			cuts = append(cuts, i)
		}
	}
	return cuts
}

// Every row that bytes decide: the whole input in one read gets the answer of the table, and so does every cut.
func TestEdgeCasesInMemory(t *testing.T) {
	for _, c := range edgecases.All() {
		t.Run(strings.ReplaceAll(c.Name, "/", "_"), func(t *testing.T) {
			t.Parallel()
			whole := runInMemory(t, &c)
			checkAnswer(t, &c, whole)
			same := func(run memoryRun, how string) {
				t.Helper()
				if !reflect.DeepEqual(run, whole) {
					t.Fatalf("%s: outcome differs from the whole input's:\n%d bytes %.400q\n%d bytes %.400q\n%+v %q\n%+v %q", how,
						len(run.got), run.got, len(whole.got), whole.got, run.fin, run.closed, whole.fin, whole.closed)
				}
			}
			for _, i := range cutsOf(len(c.Input)) {
				same(runInMemory(t, &c, i), fmt.Sprintf("cut before byte %d", i))
			}
			if len(c.Input) <= 1<<20 {
				var each []int
				for i := 1; i < len(c.Input); i++ {
					each = append(each, i)
				}
				same(runInMemory(t, &c, each...), "byte by byte")
			}
		})
	}
}

// Every row has a case, and every case a row.
func TestEdgeCasesCoverTheTable(t *testing.T) {
	n := map[string]int{}
	names := map[string]bool{}
	for _, c := range edgecases.All() {
		n[c.Row]++
		if name := c.Row + c.Name; names[name] {
			t.Errorf("%q: twice in row %q", c.Name, c.Row)
		} else {
			names[name] = true
		}
	}
	for _, row := range edgecases.Rows() {
		if n[row] == 0 {
			t.Errorf("no case for row %q", row)
		}
		delete(n, row)
	}
	for row := range n {
		t.Errorf("cases for an unknown row %q", row)
	}
}
