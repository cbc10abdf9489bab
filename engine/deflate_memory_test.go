package engine

import (
	"reflect"
	"testing"
	"time"
)

// Whatever is in rare must keep it from being given back: who adds a field adds it to empty.
func TestRareIsEmptyOnlyIfItIs(t *testing.T) {
	if !new(rare).empty() {
		t.Error("a new one is not empty")
	}
	for i := range reflect.TypeFor[rare]().NumField() {
		r := new(rare)
		f := reflect.ValueOf(r).Elem().Field(i)
		f = reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem()
		switch f.Kind() {
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 0, 1)) // a pong may be empty
		case reflect.String:
			f.SetString("x")
		case reflect.Int, reflect.Int64:
			f.SetInt(1)
		case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			f.SetUint(1)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case reflect.Func:
			f.Set(reflect.MakeFunc(f.Type(), func([]reflect.Value) []reflect.Value { return nil }))
		default:
			t.Errorf("%s: this test does not know how to set a %s", reflect.TypeFor[rare]().Field(i).Name, f.Type())
			continue
		}
		if r.empty() {
			t.Errorf("%s is set, and rare would be given back", reflect.TypeFor[rare]().Field(i).Name)
		}
	}
}

// A connection that negotiated compression without context takeover is two flags more than a plain one; after a large
// message, which needed more for a while, it is so again.
func TestIdleCompressedConnHoldsNothing(t *testing.T) {
	for _, takeover := range []bool{false, true} {
		cfg := Config{Loops: 1, Compression: Compression{Enabled: true, ClientContextTakeover: takeover}}
		m, err := NewManual(cfg, Handler{}, func() time.Duration { return 0 })
		if err != nil {
			t.Fatal(err)
		}
		l := m.e.loops[0]
		l.owner.enter()
		c := &Conn{loop: l, state: stateOpen}
		d, _, ok, err := m.e.cfg.Compression.policy().Negotiate([]string{"permessage-deflate"})
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		c.agree(agreement{d, "permessage-deflate"})
		if (c.rare != nil) != takeover || c.flags != flagShared {
			t.Errorf("context takeover %t: flags %b, rare %+v", takeover, c.flags, c.rare)
		}
		j := &inflation{conn: c}
		c.more().inflating = &behind{job: j}
		c.flags |= flagInflating
		c.abandonInflation()
		if (c.rare != nil) != takeover || c.flags != flagShared || j.conn != nil {
			t.Errorf("context takeover %t, after a large message: flags %b, rare %+v", takeover, c.flags, c.rare)
		}
	}
}
