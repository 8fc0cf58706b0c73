// Package sbom_test lists and scans what was built. Its images have fixed names, so no
// test of it is parallel to another.
package sbom_test

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
