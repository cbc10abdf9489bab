//go:build unix

package engine

import (
	"net"
	"testing"

	"github.com/panjf2000/gnet/v2"
)

// slimProbe enrols one socket in a gnet loop and slims it there.
type slimProbe struct {
	gnet.BuiltinEventEngine
	freed chan int
	addr  chan net.Addr
}

func (p *slimProbe) OnOpen(gc gnet.Conn) ([]byte, gnet.Action) {
	p.freed <- slim(gc)
	p.addr <- gc.RemoteAddr()
	return nil, gnet.None
}

func TestSlimWorksOnThePinnedGnet(t *testing.T) {
	p := &slimProbe{freed: make(chan int, 1), addr: make(chan net.Addr, 1)}
	client, err := gnet.NewClient(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	defer client.Stop()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.EnrollContext(c, "some context"); err != nil {
		t.Fatal(err)
	}
	if n := <-p.freed; n != len(slimFields) {
		t.Errorf("slim freed %d fields of gnet's conn, want %d: did gnet rename one?", n, len(slimFields))
	}
	if a := <-p.addr; a != nil {
		t.Errorf("gnet's conn still holds the remote address %v", a)
	}
}
