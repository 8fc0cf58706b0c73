package engine_test

import (
	"os"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// talkative write what a log may hold: lines that the engine cuts, both streams,
// carriage returns, what JSON escapes and what is no UTF-8; one on a terminal.
const talkative = `
  plain: {image: lab/base:bookworm, stop_grace_period: 1s, command: [sh, -c, '` + talk + `']}
  terminal: {image: lab/base:bookworm, tty: true, stop_grace_period: 1s, command: [sh, -c, '` + talk + `']}
  many: {image: lab/base:bookworm, stop_grace_period: 1s, command: [sh, -c, 'seq -f "%.0f a line of many" 30000; exec sleep 1000']}
`

const talk = `echo one; echo "two to the other" >&2; printf "three\\r\\n"; printf "quote \" back \\\\ tab \\t bell \\007 <&> \\342\\202\\254 \\377\\n"; ` +
	`head -c 40000 /dev/zero | tr "\\0" x; echo; echo; head -c 16384 /dev/zero | tr "\\0" y; echo; sleep 0.2; printf "all of it "; sleep 0.2; echo is written; exec sleep 1000`

// A log is read from the file of an engine that is here, where we may, and asked of one
// that is elsewhere: there is no difference but the time it takes.
func TestALogReadsTheSameFromItsFileAndFromTheEngine(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Fatal("to read an engine's files, this test has to be run by root")
	}
	s := newStack(t, talkative)
	s.mage(0, "infra:up")
	stacktest.Eventually(t, "all is written", func() bool {
		out := s.mage(0, "infra:logs", "-tail=-1")
		return strings.Contains(out, "30000 a line of many") && strings.Count(out, "all of it is written") == 2
	})
	there := *s
	there.Env = append(s.Env[:len(s.Env):len(s.Env)], "DOCKER_HOST=tcp://"+s.tcpDoor().address)
	for _, args := range [][]string{{"-tail=-1"}, {"-tail=3"}, {"-tail=1"}, {"-tail=0"}, {"-tail=20000"}, {}, {"-since=1h"}, {"-since=1ms"},
		{"-grep=7 a line"}, {"-grep=e", "-tail=-1"}, {"-services=plain,terminal", "-tail=-1"}} {
		here, elsewhere := s.mage(0, append([]string{"infra:logs"}, args...)...), there.mage(0, append([]string{"infra:logs"}, args...)...)
		if here != elsewhere {
			t.Errorf("%v: %d bytes from the file, %d from the engine; they differ at %.200q and %.200q", args, len(here), len(elsewhere), from(here, elsewhere), from(elsewhere, here))
		}
	}
}

// from is a from where it differs from b.
func from(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return a[i:]
}
