// Package ownership_test has several checkouts and strangers share names and things on
// one engine: whose it is, and what may be removed.
package ownership_test

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
