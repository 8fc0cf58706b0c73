package infra_test

import (
	"regexp"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// What has ended by itself is done, in the progress as in the table.
func TestAOneShotHasOneWord(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  ends: {image: "lab/service:1", command: [oneshot], environment: {BOOT: 0s}}
  stays: {image: "lab/service:1", stop_grace_period: 1s}
`)
	text := s.Up(infra.UpOptions{}).Want(t, failure.OK).All()
	for _, want := range []string{`ends +done after`, `stays +ready after`, `(?m)^ends +done`, `(?m)^stays +ready`} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	s.Settled()
}
