// Package ownership_test has several checkouts and strangers share names and things on
// one engine: whose it is, and what may be removed.
package ownership_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/units"
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

// weighed has transcripts show SIZE where they tell of a container or an image
// what the engine does: with a containerd store it counts directories as well.
func (s *stack) weighed(services ...string) {
	s.T.Helper()
	hide := func(name string, bytes int64) {
		s.Hide(fmt.Sprintf("%s  %9s", name, units.SizeOf(bytes)), strings.Replace(name, s.Name, "PROJECT", 1)+"  SIZE")
	}
	for _, one := range services {
		name := s.Name + "-" + one + "-1"
		bytes, err := strconv.ParseInt(strings.TrimSpace(stacktest.Docker(s.T, "container", "inspect", "--size", "--format", "{{.SizeRw}}", name)), 10, 64)
		if err != nil {
			s.T.Fatal(err)
		}
		hide(name, bytes)
	}
	images, err := s.Client.ProjectImages(s.T.Context(), s.Name)
	if err != nil {
		s.T.Fatal(err)
	}
	for _, one := range images {
		hide(one.Name(), one.Bytes)
	}
}
