package deploy_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// cut is what happens to a server in the middle of a deployment, and what that may
// cost.
type cut struct {
	name    string
	happens func(*live)
	// words are those of requests that may be lost, until requests are answered again.
	words []string
}

var cuts = []cut{
	{"the connection is dropped", func(l *live) { l.server.Exec("pkill", "-KILL", "-u", "deploy", "sshd") }, nil},
	// Docker's DNS is in the engine: a service that asks for another's name meanwhile gets no answer. And the
	// engine makes its rules for published ports anew when it starts: for a moment nobody listens. One that takes long
	// says at first that it knows no name, and after `hold nx` the gateway has no server.
	{"the engine is KILLed", func(l *live) {
		l.server.Exec("pkill", "-KILL", "-x", "dockerd")
		l.server.Start()
	}, []string{"lookup desk on 127.0.0.11", "connection refused", "503 Service Unavailable"}},
	{"the gateway is KILLed", func(l *live) { l.server.Exec("pkill", "-KILL", "-x", "haproxy") }, []string{""}},
}

// What happens to the server is ended by the next run as well.
func theServerIsCut(t *testing.T, l *live) {
	o := l.load(3, 10*time.Millisecond)
	places := []string{"  created after"}
	if *full {
		places = []string{"  creating (", "  created after", "desk  ready", "api   ready", "  switching ", "  watching ", "  draining ", "  stopping "}
	}
	n := 0
	for _, c := range cuts {
		lost := 0
		for _, place := range places {
			n++
			colour := fmt.Sprintf("c%d", n)
			from := time.Now()
			lines, was := l.cutting(colour, says(place), func(*exec.Cmd) { from = time.Now(); c.happens(l) })
			if !was {
				t.Fatalf("%s is not among\n%s", place, strings.Join(lines, "\n"))
			}
			stacktest.Eventually(t, "requests are answered", l.responds)
			until := time.Now()
			l.converges(o, colour)
			lost += o.onlyBetween(t, from, until, c.words...)
			if t.Failed() {
				t.Fatalf("%s at %q, after\n%s", c.name, place, strings.Join(lines, "\n"))
			}
		}
		asked, _ := o.count()
		figure(t, "%s, at %d places: %d of %d requests failed", c.name, len(places), lost, asked)
	}
	o.end()
}

// responds reports whether the application does.
func (l *live) responds() bool { return l.code() == http.StatusOK }

// What serves after a power cut in the middle of a deployment, with nobody there to
// go on, is what docs/deployment.md says: until the switch the release before, and
// from then on the new one.
func theServerLosesPower(t *testing.T, l *live) {
	places := map[string]bool{"  watching ": true} // and whether the new release serves then
	if *full {
		places["  created after"] = false
	}
	n := 0
	for place, switched := range places {
		n++
		before := l.current()
		colour := fmt.Sprintf("lost%d", n)
		lines, was := l.cutting(colour, says(place), func(cmd *exec.Cmd) { kill(cmd); l.server.Cut() })
		if !was {
			t.Fatalf("%s is not among\n%s", place, strings.Join(lines, "\n"))
		}
		l.server.Start()
		stacktest.Eventually(t, "a release answers", l.responds)
		if now := l.current(); (now != before) != switched {
			t.Errorf("cut off at %q, %s is noted to serve; before that %s did", place, now, before)
		}
		o := l.load(1, 10*time.Millisecond)
		l.converges(o, fmt.Sprintf("back%d", n))
		o.end()
		o.none(t)
	}
}

// code is the status of the application's answer, 0 without one.
func (l *live) code() int {
	r, err := http.Get("http://" + l.server.IP() + ":8000/release") //nolint:noctx // a server of this test
	if err != nil {
		return 0
	}
	_ = r.Body.Close()
	return r.StatusCode
}
