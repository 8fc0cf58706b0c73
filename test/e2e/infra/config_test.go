package infra_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestStatsShowWhatWorks(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  idle: {image: lab/service:1}
  busy:
    image: lab/redis:7.0
    command: [sh, -c, 'while :; do :; done']
    scale: 2
    deploy: {resources: {limits: {memory: 64M}}}
    stop_signal: KILL
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	r := s.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Stats(ctx, w, infra.StatsOptions{JSON: true})
	}).Want(t, failure.OK)
	var doc report.Stats
	if err := json.Unmarshal([]byte(r.Out), &doc); err != nil || len(doc.Containers) != 3 {
		t.Fatalf("%v\n%s", err, r.Out)
	}
	for _, u := range doc.Containers {
		busy := u.Service == "busy"
		if busy != (u.CPUPercent > 5) || busy != (u.MemoryLimit == 64<<20) || u.MemoryBytes == 0 || u.Processes == 0 {
			t.Errorf("%+v", u)
		}
	}
	g := s.Start(nil, func(ctx context.Context, w *app.Run) error {
		return infra.Stats(ctx, w, infra.StatsOptions{Follow: true})
	})
	row := regexp.MustCompile(`(?m)^busy-2 +\d+\.\d% +\S+ .iB +64 MiB `)
	g.Out.Await(t, "a second table", func(text string) bool { return len(row.FindAllString(text, -1)) == 2 })
	g.Signals <- os.Interrupt
	if code := g.Wait(t); code != 130 || strings.Contains(g.Out.String(), "\x1b") {
		t.Errorf("code %d\n%q", code, g.Out)
	}
	s.Compose("kill")
	r = s.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Stats(ctx, w, infra.StatsOptions{})
	}).Want(t, failure.OK)
	if r.Out != "nothing is running\n" {
		t.Errorf("said %q", r.Out)
	}
}

func TestConfigMasksWhatTheTemplateMarksToo(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  app:
    image: ${IMAGE}
    command: [run, "${MARKED}", "${MADE}", "${DB_PASSWORD}"]
`)
	s.File("env/.env.example", "IMAGE=app:1\n\n# [secret]\nMARKED=\n\n# [generate 20]\nMADE=\n\nDB_PASSWORD=\n")
	s.File(".env", "IMAGE=app:2\nMARKED=canary1\nMADE=canary2\nDB_PASSWORD=canary3\n")
	for _, asJSON := range []bool{false, true} {
		r := s.Shows(fmt.Sprintf("infra:config -json=%t", asJSON), s.Run(func(ctx context.Context, w *app.Run) error { return infra.Config(ctx, w, asJSON) }))
		if asJSON && !json.Valid([]byte(r.Out)) {
			t.Errorf("no JSON:\n%s", r.Out)
		}
	}
}

func TestPullSaysWhyAnImageCannotBePulled(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  here: {build: ., image: "here:1"}
  nowhere: {image: "registry.invalid/nothing:1"}
`)
	s.Run(func(ctx context.Context, w *app.Run) error { return infra.Pull(ctx, w, nil, false) }).Want(t, failure.Preflight).
		Says(t, "built here, not pulled: here", "registry.invalid", "no such host")
	s.Shows("infra:pull -services=nowhre", s.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Pull(ctx, w, []string{"nowhre"}, false)
	}))
}

func TestTheTimelineIsThatOfTheLastRun(t *testing.T) {
	t.Parallel()
	s := newStack(t, "\n  one: {image: \"lab/service:1\"}\n  two: {image: \"lab/service:1\", depends_on: [one]}\n")
	timeline := func(asJSON bool, html string) stacktest.Result {
		return s.Run(func(ctx context.Context, w *app.Run) error { return infra.Timeline(ctx, w, asJSON, html) })
	}
	s.Shows("infra:timeline before any run", timeline(false, ""))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	timeline(false, "").Want(t, failure.OK).Says(t, "two")
	if r := timeline(true, "").Want(t, failure.OK); !json.Valid([]byte(r.Out)) || !strings.Contains(r.Out, `"critical_path"`) {
		t.Error(r.All())
	}
	timeline(false, "run.html").Want(t, failure.OK)
	if page, err := os.ReadFile(s.Dir + "/run.html"); err != nil || !strings.Contains(string(page), "<html") {
		t.Errorf("%v: %.100s", err, page)
	}
	r := s.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Graph(ctx, w, infra.GraphOptions{Format: "dot"})
	}).Want(t, failure.OK)
	if !strings.HasPrefix(r.Out, "digraph") {
		t.Error(r.Out)
	}
	s.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Graph(ctx, w, infra.GraphOptions{Format: "png"})
	}).Want(t, failure.Usage)
}
