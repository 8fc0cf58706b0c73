// Package sbom_test lists and scans what was built. Its images have fixed names, so no
// test of it is parallel to another.
package sbom_test

import (
	"regexp"
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

// attests: the engine's own builder does, given a scanner, which it does not get here.
func (s *stack) attests() bool {
	s.T.Helper()
	able, err := s.Client.MultiPlatform(s.T.Context())
	if err != nil {
		s.T.Fatal(err)
	}
	return able
}

var instead = regexp.MustCompile(`(?m)^warning: build \S+: no attestation from BuildKit: .*; (syft|trivy) looks into the image instead\n`)

// unattested is a result of a tool without what is said, once, where the builder
// should have attested.
func (s *stack) unattested(r stacktest.Result) stacktest.Result {
	s.T.Helper()
	if !s.attests() {
		return r
	}
	if n := len(instead.FindAllString(r.Err, -1)); n != 1 {
		s.T.Errorf("%d times it is said that nothing was attested\n%s", n, r.All())
	}
	r.Err = instead.ReplaceAllString(r.Err, "")
	return r
}
