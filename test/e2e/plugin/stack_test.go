// Package plugin_test uses Spellbook from repositories of somebody else, with plugins of
// ours and of theirs.
package plugin_test

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
