// Package build_test builds real images, with the engine's own BuildKit and with a
// current one.
package build_test

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

// clone is a copy of this repository.
func clone(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, "")
	s.Clone()
	return s
}
