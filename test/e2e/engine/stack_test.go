// Package engine_test reaches engines in every way that there is, over sockets, TLS,
// ssh and contexts, other versions of the engine included.
package engine_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// stack is one of stacktest's, with what the tests here do to it.
type stack struct{ stacktest.Stack }

func newStack(t *testing.T, services string) *stack {
	t.Helper()
	s := &stack{}
	s.Setup(t, services)
	return s
}
