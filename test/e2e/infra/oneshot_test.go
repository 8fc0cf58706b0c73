package infra_test

import (
	"regexp"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// A one-shot is done where it has ended and running where it has not, in each place
// that tells of it.
func TestAOneShotHasOneWord(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  ends: {image: "lab/service:1", command: [oneshot], environment: {BOOT: 0s}}
  takes: {image: "lab/service:1", command: [oneshot], environment: {BOOT: 1s}}
  slow: {image: "lab/service:1", environment: {BOOT: 4s}, `+stacktest.Health+`}
`)
	text := s.Up(infra.UpOptions{}).Want(t, failure.OK).All()
	for _, want := range []string{`ends +done after`, `takes +running after`, `(?m)^ends +done`, `(?m)^takes +done`} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if regexp.MustCompile(`(ends|takes) +ready`).MatchString(text) {
		t.Error(text)
	}
	s.Settled()
}
