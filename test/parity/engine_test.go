package parity_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// converges brings the stack up by ours and then by theirs, and the other way
// round: what comes second finds nothing to do, both have made the same, and
// what ran runs, what failed failed. What `changed/` changes is then brought up
// by each.
func (s *stack) converges() {
	s.T.Helper()
	s.Client = stacktest.EngineClient(s.T)
	s.T.Cleanup(s.Remove)
	s.T.Cleanup(s.removeImages)
	if s.holds != "" {
		s.hold()
	}
	if s.up == failure.Preflight && !s.made {
		s.fails()
		return
	}
	s.oursUp(s.up).Says(s.T, s.says...)
	before, made := s.ids(), s.containers()
	if len(before) == 0 {
		s.T.Fatal("no containers")
	}
	s.theirsUp()
	if after := s.ids(); s.apart != "convergence" && !maps.Equal(before, after) {
		s.T.Errorf("ours were %v\nafter docker compose up -d %v", before, after)
	}
	ours := s.change(func() { s.oursUp(failure.OK) })
	changed, done := "", ""
	if s.recreates != "" {
		changed = s.containers()
	}
	if s.does != "" {
		done = s.oursDoes()
	}
	if s.recreates != "" && ours != s.recreates {
		s.T.Errorf("of the changed files ours makes anew %s, not %s", ours, s.recreates)
	}
	s.theirsDown()
	if left := s.left(); left != "" {
		s.T.Errorf("docker compose down leaves of ours\n%s", left)
	}
	s.write(s.T, s.Dir, false)
	s.theirsUp()
	before = s.ids()
	if theirs := s.settled(made); made != theirs {
		s.T.Errorf("the containers differ:\n%s", differing(made, theirs))
	}
	if s.does != "" {
		if theirs := s.theirsDoes(done); done != theirs {
			s.T.Errorf("after %s they differ:\n%s", s.does, differing(done, theirs))
		}
		if s.does == "down" {
			s.theirsUp()
		}
		before = s.ids()
	}
	then := s.up
	if s.then != nil {
		then = *s.then
	}
	s.oursUp(then)
	if after := s.ids(); !maps.Equal(before, after) {
		s.T.Errorf("docker compose's were %v\nafter infra:up %v", before, after)
	}
	if s.up == failure.OK && s.apart != "convergence" {
		s.oursUp(failure.OK).Says(s.T, "nothing to do")
	}
	if theirs := s.change(s.theirsUp); s.recreates != "" && s.apart != "recreates" {
		if ours != theirs {
			s.T.Errorf("of the changed files ours makes anew %s, docker compose %s", ours, theirs)
		}
		if theirs := s.settled(changed); changed != theirs {
			s.T.Errorf("the containers of the changed files differ:\n%s", differing(changed, theirs))
		}
	}
	s.down()
	if left := s.left(); left != "" {
		s.T.Errorf("infra:down leaves of theirs\n%s", left)
	}
}

// down is ours.
func (s *stack) down() {
	s.T.Helper()
	s.ours(func(ctx context.Context, w *app.Run) error {
		return infra.Down(ctx, w, infra.DownOptions{Volumes: true, Yes: true})
	}).Want(s.T, failure.OK)
}

// fails is of what cannot come up: theirs finds that in the middle, ours before
// anything is made.
func (s *stack) fails() {
	s.T.Helper()
	s.oursUp(s.up).Says(s.T, s.says...)
	if s.midway {
		for line := range strings.Lines(stacktest.Docker(s.T, "ps", "-a", "--filter", "label=com.docker.compose.project="+s.Name, "--format", "{{.State}} {{.Names}}")) {
			if !strings.HasPrefix(line, "created ") {
				s.T.Errorf("after infra:up there is one that has run: %s", line)
			}
		}
		// The engine goes on for a moment with a network that nobody waits for any more.
		stacktest.Eventually(s.T, "infra:down leaves nothing", func() bool { s.down(); return s.left() == "" })
	} else if left := s.left(); left != "" {
		s.T.Errorf("infra:up has made\n%s", left)
	}
	s.theirsUp()
	s.theirsDown()
}

// hold listens until the case ends.
func (s *stack) hold() {
	s.T.Helper()
	network, address, _ := strings.Cut(s.holds, " ")
	var held io.Closer
	var err error
	if network == "udp" {
		held, err = net.ListenPacket(network, address)
	} else {
		held, err = net.Listen(network, address)
	}
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { _ = held.Close() })
}

// left is what there is of the project, but for images, which both leave.
func (s *stack) left() string {
	s.T.Helper()
	lines := slices.DeleteFunc(slices.Collect(strings.Lines(s.Belongings())), func(l string) bool { return strings.Contains(l, ":") })
	return strings.Join(lines, "")
}

// theirsDown takes down what profiles that are not active any more have left too.
func (s *stack) theirsDown() {
	s.T.Helper()
	s.wantTheirs("--profile", "*", "down", "-v", "-t", "0", "--remove-orphans")
}

func (s *stack) removeImages() {
	if names := strings.Fields(stacktest.Docker(s.T, "images", "-q", "--filter", "label=com.docker.compose.project="+s.Name)); len(names) > 0 {
		stacktest.Docker(s.T, append([]string{"rmi", "-f"}, names...)...)
	}
}

func (s *stack) oursUp(code failure.Code) stacktest.Result {
	s.T.Helper()
	return s.ours(func(ctx context.Context, w *app.Run) error {
		return infra.Up(ctx, w, infra.UpOptions{Timeout: time.Minute})
	}).Want(s.T, code)
}

// theirsUp ends as ours did.
func (s *stack) theirsUp() {
	s.T.Helper()
	args := []string{"up", "-d"}
	if s.waits {
		args = append(args, "--wait")
	}
	out, errs, err := s.theirs(args...)
	if s.apart != "exit" && (err == nil) != (s.up == failure.OK) {
		s.T.Errorf("docker compose %s: %v, ours ends with %d\n%s%s", strings.Join(args, " "), err, s.up, out, errs)
	}
}

// change puts the second version of the files in place, if there is one, and
// says which services' containers are others after up.
func (s *stack) change(up func()) string {
	s.T.Helper()
	if s.recreates == "" {
		return ""
	}
	before := s.ids()
	s.write(s.T, s.Dir, true)
	s.byHand()
	up()
	after := s.ids()
	var anew []string
	for name, id := range after {
		if before[name] != id {
			anew = append(anew, s.short(name))
		}
	}
	for name := range before {
		if after[name] == "" {
			anew = append(anew, "-"+s.short(name))
		}
	}
	if slices.Sort(anew); len(anew) == 0 {
		return "none"
	}
	return strings.Join(anew, " ")
}

// byHand is what somebody does meanwhile, where the stack is.
func (s *stack) byHand() {
	s.T.Helper()
	for _, line := range s.hand {
		args := strings.Fields(line)
		if args[0] == "compose" {
			s.wantTheirs(args[1:]...)
			continue
		}
		stacktest.Docker(s.T, args...)
	}
}

// short is the service of a project's only container of it.
func (s *stack) short(name string) string {
	return strings.TrimSuffix(strings.TrimPrefix(name, s.Name+"-"), "-1")
}

// ids are the containers by name.
func (s *stack) ids() map[string]string {
	s.T.Helper()
	ids := s.IDs()
	for name, id := range ids {
		ids[name], _, _ = strings.Cut(id, " ") // without its state
	}
	return ids
}

// settled are the containers once they are as a run that waited has left them;
// `docker compose up -d` waits for nothing.
func (s *stack) settled(wanted string) string {
	s.T.Helper()
	text := s.containers()
	for deadline := time.Now().Add(5 * time.Second); text != wanted && time.Now().Before(deadline); text = s.containers() {
		time.Sleep(100 * time.Millisecond)
	}
	return text
}

// neighbour is a project that is there all the while, with services, a network
// and a volume of names that the cases use.
var neighbour = func() string {
	id := make([]byte, 4)
	_, _ = rand.Read(id)
	return "parity-n" + hex.EncodeToString(id)
}()

// meetNeighbour brings that up; after all cases nothing of it is another.
func meetNeighbour(t *testing.T) {
	t.Helper()
	s := &stacktest.Stack{T: t, Dir: t.TempDir(), Name: neighbour, Env: os.Environ(), Client: stacktest.EngineClient(t)}
	path := s.File("compose.yaml", "services: {web: {image: lab/service:1, init: true, volumes: [data:/data]}}\nvolumes: {data: }\n")
	compose := []string{"compose", "-f", path, "-p", neighbour, "--project-directory", filepath.Dir(path)}
	stacktest.Docker(t, append(compose, "up", "-d")...)
	look := func() string {
		return stacktest.Docker(t, "inspect", "-f", "{{.Id}} {{.State.StartedAt}} {{.RestartCount}}", neighbour+"-web-1") +
			stacktest.Docker(t, "network", "inspect", "-f", "{{.Id}} {{.Created}}", neighbour+"_default") +
			stacktest.Docker(t, "volume", "inspect", "-f", "{{.CreatedAt}} {{.Labels}}", neighbour+"_data")
	}
	before := look()
	t.Cleanup(s.Remove)
	t.Cleanup(func() {
		if after := look(); after != before {
			t.Errorf("the neighbour was\n%sand is\n%s", before, after)
		}
	})
}
