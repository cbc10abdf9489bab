package engine_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// children are tests that need a process of their own, because what they change holds for a whole process: a
// test runs this binary again with childEnv set to a name in here.
var children = map[string]func(){}

const childEnv = "WEIR_ENGINE_TEST_CHILD"

// TestMain fails the package if a goroutine outlives its tests. gnet imports a worker pool, ants, that starts two
// goroutines for ever when the package is initialized, whether or not anybody uses it; exactly these are let off.
func TestMain(m *testing.M) {
	if child := children[os.Getenv(childEnv)]; child != nil {
		child()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/panjf2000/ants/v2.(*poolCommon).purgeStaleWorkers"),
		goleak.IgnoreAnyFunction("github.com/panjf2000/ants/v2.(*poolCommon).ticktock"),
	)
}
