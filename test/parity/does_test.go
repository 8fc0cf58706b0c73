package parity_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// oursDoes is the case's `does` by ours, and what came of it.
func (s *stack) oursDoes() string {
	s.T.Helper()
	verb, services := s.doing()
	return s.came(func() {
		s.ours(func(ctx context.Context, w *app.Run) error {
			switch verb {
			case "restart":
				return infra.Restart(ctx, w, services)
			case "stop":
				return infra.Stop(ctx, w, services)
			case "recreate":
				return infra.Recreate(ctx, w, services)
			case "down":
				return infra.Down(ctx, w, infra.DownOptions{})
			}
			return fmt.Errorf("nobody knows how to %q", verb)
		}).Want(s.T, failure.OK)
	}, nil)
}

// theirsDoes is the same by docker compose; wanted is what ours has come to.
func (s *stack) theirsDoes(wanted string) string {
	s.T.Helper()
	verb, services := s.doing()
	args := []string{verb}
	if verb == "recreate" {
		args = []string{"up", "-d", "--force-recreate"}
	}
	return s.came(func() { s.wantTheirs(append(args, services...)...) }, &wanted)
}

func (s *stack) doing() (verb string, services []string) {
	words := strings.Fields(s.does)
	return words[0], words[1:]
}

// came is what an action comes to: the containers that it has started again or made
// anew, how all are, how many of their volumes are there still, and what is written in
// the file `trace`. Where another's is wanted, it is waited for as in settled.
func (s *stack) came(do func(), wanted *string) string {
	s.T.Helper()
	trace := filepath.Join(s.Dir, "trace")
	_, err := os.Stat(trace)
	traced := err == nil
	if traced {
		s.File("trace", "")
	}
	if s.recreates == "" {
		s.byHand()
	}
	before, volumes := s.starts(), s.mounted()
	do()
	look := func() string {
		s.T.Helper()
		var out strings.Builder
		after := s.starts()
		for name, start := range after {
			if before[name] != start {
				fmt.Fprintf(&out, "started again: %s\n", s.short(name))
			}
		}
		lines := slices.Sorted(strings.Lines(out.String()))
		if len(after) > 0 {
			lines = append(lines, s.containers())
		}
		lines = append(lines, fmt.Sprintf("\nvolumes that are kept: %d of %d", s.kept(volumes), len(volumes)))
		if traced {
			lines = append(lines, "\ntraced: "+s.Read("trace"))
		}
		return strings.Join(lines, "")
	}
	text := look()
	if wanted != nil && text != *wanted && len(s.ids()) > 0 {
		s.settled("") // once more, when what was begun is through
		text = look()
	}
	return text
}

// starts are the containers by name, with when they were started last.
func (s *stack) starts() map[string]string {
	s.T.Helper()
	found := map[string]string{}
	for name := range s.ids() {
		found[name] = stacktest.Docker(s.T, "inspect", "-f", "{{.Id}} {{.State.StartedAt}}", name)
	}
	return found
}

// mounted are the volumes of the containers, those without a name too, which carry
// no label of the project; none of them outlives the case.
func (s *stack) mounted() []string {
	s.T.Helper()
	var names []string
	for container := range s.ids() {
		format := "{{range .Mounts}}{{if eq .Type \"volume\"}}{{.Name}} {{end}}{{end}}"
		names = append(names, strings.Fields(stacktest.Docker(s.T, "inspect", "-f", format, container))...)
	}
	s.T.Cleanup(func() {
		for _, name := range names {
			if s.kept([]string{name}) > 0 {
				stacktest.Docker(s.T, "volume", "rm", name)
			}
		}
	})
	return names
}

// kept counts those of volumes that the engine has.
func (s *stack) kept(volumes []string) (count int) {
	s.T.Helper()
	for _, name := range strings.Fields(stacktest.Docker(s.T, "volume", "ls", "-q")) {
		if slices.Contains(volumes, name) {
			count++
		}
	}
	return count
}
