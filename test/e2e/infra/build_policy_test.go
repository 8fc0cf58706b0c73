package infra_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// The build is a walk of its own, before it is known what else there is to do.
func TestABuildAtEachUpHasAHeaderOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newStack(t, "\n  web: {build: ../web, pull_policy: build}\n")
	s.File("web/Dockerfile", "FROM lab/service:1\n")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.File("web/Dockerfile", "FROM lab/service:1\nLABEL two=2\n")
	text := s.Up(infra.UpOptions{}).Want(t, failure.OK).All()
	for _, header := range []string{"infra:up (build) " + s.Name + "\n", "infra:up " + s.Name + "\n"} {
		if n := strings.Count(text, header); n != 1 {
			t.Errorf("%q is there %d times:\n%s", header, n, text)
		}
	}
}
