package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/gateway"
)

// stack is a gateway before one service of two releases, the first of them serving.
type stack struct {
	*running
	names    *names
	releases [2]*service
	slots    gateway.Slots
	backend  string
	port     int // of the gateway
	inside   int // of the containers
}

func newStack(t *testing.T, o gateway.Options) *stack {
	t.Helper()
	s := &stack{names: serveNames(t, map[string]string{}), port: freePort(t), inside: freePort(t)}
	for i := range s.releases {
		ip := fmt.Sprintf("127.0.1.%d", i+1)
		s.releases[i] = serve(t, ip, s.inside, fmt.Sprintf("r%d", i))
		s.names.set(fmt.Sprintf("web-r%d", i), ip)
	}
	route := gateway.Route{Service: "web", Port: s.port, Bind: "127.0.0.1", Health: "/health"}
	s.backend = route.Backend()
	s.slots = gateway.Slots{}.Staged("r0", s.at("web-r0")).Switched()
	s.running = start(t, s.names, []gateway.Route{route}, s.slots, o)
	s.up(s.backend, "a")
	return s
}

func (s *stack) at(name string) map[string]string {
	return map[string]string{s.backend: fmt.Sprintf("%s:%d", name, s.inside)}
}

func (s *stack) address() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }
func (s *stack) url() string     { return "http://" + s.address() }

// serving is the release that answers now.
func (s *stack) serving() string {
	s.t.Helper()
	release, err := ask(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, s.url(), 0)
	s.must(err)
	return release
}

func TestTwentySwitchesUnderLoadFailNoRequestAndStreamsEndWithTheirDrain(t *testing.T) {
	s := newStack(t, gateway.Options{})
	l := generate(t, s.url())
	switches := 20
	if testing.Short() {
		switches = 3
	}
	for i := range switches {
		from, to := s.releases[i%2].release, s.releases[(i+1)%2].release
		socket, events := open(t, s.address(), "/socket"), open(t, s.address(), "/events")
		if socket.release != from || events.release != from {
			t.Fatalf("streams at %s and %s, want %s", socket.release, events.release, from)
		}
		s.slots = s.deploy(s.slots, to, s.at("web-"+to))
		if got := s.serving(); got != to {
			t.Fatalf("%s serves after the switch to %s", got, to)
		}
		l.more(s.running, 500)
		if !socket.echoes() {
			t.Fatal("the WebSocket ended with the switch")
		}
		s.slots = s.drained(s.slots, 300*time.Millisecond)
		if !socket.ended() || !events.ended() {
			t.Fatal("a stream goes on after the drain")
		}
		l.more(s.running, 100)
	}
	l.stop()
	l.mustNotHaveFailed(t)
	t.Logf("%d requests, %v", l.requests.Load(), l.answers)
	if l.requests.Load() < int64(switches)*600 || len(l.answers) != 2 {
		t.Fatalf("the load has seen %v", l.answers)
	}
}

func TestANewReleaseThatIsDownIsNeverSwitchedTo(t *testing.T) {
	s := newStack(t, gateway.Options{})
	l := generate(t, s.url())
	s.releases[1].well.Store(false)
	staged := s.slots.Staged("r1", s.at("web-r1"))
	s.write(staged)
	err := s.Prepare(s.within(4*time.Second), staged)
	if failure.CodeOf(err) != failure.NotReady || !strings.Contains(err.Error(), "L7STS") {
		t.Fatalf("prepare: %v", err)
	}
	if err := s.Switch(t.Context(), staged.Switched()); failure.CodeOf(err) != failure.NotReady {
		t.Fatalf("switch: %v", err)
	}
	err = s.Prepare(s.within(2*time.Second), s.slots.Staged("r9", s.at("web-r9")))
	if failure.CodeOf(err) != failure.NotReady || !strings.Contains(err.Error(), "the name is not known") {
		t.Fatalf("prepare of a name that nobody has: %v", err)
	}
	l.more(s.running, 200)
	s.releases[1].well.Store(true)
	s.slots = s.deploy(s.slots, "r1", s.at("web-r1"))
	l.stop()
	l.mustNotHaveFailed(t)
	if got := s.serving(); got != "r1" {
		t.Fatalf("%s serves", got)
	}
}

// A slot that was up keeps its last address while the new name is looked up.
func TestNobodyIsAskedForTheNameOfAReleaseThatIsGone(t *testing.T) {
	s := newStack(t, gateway.Options{})
	s.slots = s.drained(s.deploy(s.slots, "r1", s.at("web-r1")), time.Second)
	s.eventually("the question that was under way is answered", func() bool {
		before := s.names.questions("web-r0")
		now := s.names.questions("web-r1")
		s.eventually("there are further questions", func() bool { return s.names.questions("web-r1") > now+2 })
		return s.names.questions("web-r0") == before
	})
	s.slots = s.drained(s.deploy(s.slots, "r0", s.at("web-r0")), time.Second)
	if got := s.serving(); got != "r0" {
		t.Errorf("%s serves", got)
	}
}

func TestASlotIsNotUpByTheReleaseThatWasInItBefore(t *testing.T) {
	s := newStack(t, gateway.Options{})
	s.slots = s.drained(s.deploy(s.slots, "r1", s.at("web-r1")), 0)
	err := s.Prepare(s.within(3*time.Second), s.slots.Staged("r2", s.at("web-r2")))
	if failure.CodeOf(err) != failure.NotReady {
		t.Fatalf("prepare of a name that nobody has, in the slot of one that is well: %v", err)
	}
}

// The engine gives the address of a container that is gone to the next.
func TestTheNewReleaseMayHaveTheAddressOfTheOld(t *testing.T) {
	s := newStack(t, gateway.Options{})
	s.names.set("web-r2", "127.0.1.1")
	s.slots = s.drained(s.deploy(s.slots, "r2", s.at("web-r2")), 0)
	if got := s.serving(); got != "r0" { // that which has the address
		t.Fatalf("%s serves", got)
	}
}

func TestAReleaseMayListenOnAnotherPort(t *testing.T) {
	s := newStack(t, gateway.Options{})
	s.inside = freePort(t)
	serve(t, "127.0.1.3", s.inside, "r2")
	s.names.set("web-r2", "127.0.1.3")
	s.slots = s.deploy(s.slots, "r2", s.at("web-r2"))
	if got := s.serving(); got != "r2" {
		t.Fatalf("%s serves", got)
	}
}

func TestAReleaseThatFailsAfterTheSwitchIsSeenAndSwitchedBack(t *testing.T) {
	s := newStack(t, gateway.Options{})
	s.slots = s.deploy(s.slots, "r1", s.at("web-r1"))
	s.releases[1].CloseClientConnections()
	s.releases[1].Close()
	s.eventually("the gateway sees that it is down", func() bool {
		now, err := s.State(t.Context())
		s.must(err)
		state := now.Slot(s.backend, "b")
		return state.Ready && !state.Up && state.Check == "L4CON" && state.Detail == "Connection refused"
	})
	s.slots = s.slots.Reverted()
	s.write(s.slots)
	s.must(s.Switch(s.within(time.Minute), s.slots))
	if got := s.serving(); got != "r0" {
		t.Fatalf("%s serves after the switch back", got)
	}
	s.drained(s.slots, 0)
}

func TestAGatewayThatStartsFromTheFileServesAsTheRunningOne(t *testing.T) {
	s := newStack(t, gateway.Options{})
	check := func(step, want string, slots gateway.Slots) {
		t.Helper()
		if got := s.serving(); got != want {
			t.Fatalf("%s: %s serves, want %s", step, got, want)
		}
		if got := s.restarted(slots); got != want {
			t.Fatalf("%s: %s serves after a restart, want %s", step, got, want)
		}
	}
	check("start", "r0", s.slots)
	staged := s.prepare(s.slots, "r1", s.at("web-r1"))
	check("prepare", "r0", staged)
	switched := staged.Switched()
	s.must(s.Switch(t.Context(), switched))
	check("switch", "r1", switched)
	reverted := switched.Reverted()
	s.must(s.Switch(t.Context(), reverted))
	check("switch back", "r0", reverted)
	check("drain", "r0", s.drained(reverted, 0))
}

// restarted is the release that answers at another gateway with these slots, started beside this one.
func (s *stack) restarted(slots gateway.Slots) string {
	s.t.Helper()
	other := *s
	other.port = freePort(s.t)
	route := s.routes[0]
	route.Port = other.port
	pair := map[string]gateway.Pair(slots)[s.backend]
	other.running = start(s.t, s.names, []gateway.Route{route}, gateway.Slots{route.Backend(): pair}, gateway.Options{})
	for i, slot := range pair {
		if slot.State == gateway.Ready {
			other.up(route.Backend(), string(rune('a'+i)))
		}
	}
	return other.serving()
}

// A run that was cut begins again with what it wrote.
func TestEachStepTwiceIsAsOnce(t *testing.T) {
	s := newStack(t, gateway.Options{})
	l := generate(t, s.url())
	socket := open(t, s.address(), "/socket")
	staged := s.prepare(s.slots, "r1", s.at("web-r1"))
	s.must(s.Prepare(s.within(time.Minute), staged))
	s.must(s.Switch(t.Context(), staged.Switched()))
	s.must(s.Switch(t.Context(), staged.Switched()))
	if err := s.Prepare(t.Context(), staged); err == nil || !strings.Contains(err.Error(), "gets requests, for web-r1") {
		t.Fatalf("prepare of the slot that serves: %v", err)
	}
	for range 2 {
		s.must(s.Drain(s.within(time.Minute), staged.Switched(), 0, nil))
	}
	if got := s.serving(); got != "r1" || !socket.ended() {
		t.Fatalf("%s serves", got)
	}
	l.stop()
	l.mustNotHaveFailed(t)
}

func TestARunThatWasCutGoesOnAfterTheGatewayHasRestarted(t *testing.T) {
	s := newStack(t, gateway.Options{})
	staged := s.slots.Staged("r1", s.at("web-r1"))
	s.running = start(t, s.names, s.routes, staged, gateway.Options{}) // from the file of a run that was cut before Prepare
	s.up(s.backend, "a")
	if err := s.Switch(t.Context(), staged.Switched()); failure.CodeOf(err) != failure.NotReady || !strings.Contains(err.Error(), "slot b is not checked") {
		t.Fatalf("switch to what was not prepared: %v", err)
	}
	s.must(s.Prepare(s.within(time.Minute), staged))
	s.must(s.Switch(t.Context(), staged.Switched()))
}
