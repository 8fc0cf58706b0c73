package e2e_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
)

func TestStatsShowWhatWorks(t *testing.T) {
	s := newStack(t, `
  idle: {image: lab/service:1}
  busy:
    image: lab/redis:7.0
    command: [sh, -c, 'while :; do :; done']
    scale: 2
    deploy: {resources: {limits: {memory: 64M}}}
    stop_signal: KILL
`)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	r := s.run(func(ctx context.Context, w *app.Run) error {
		return infra.Stats(ctx, w, infra.StatsOptions{JSON: true})
	}).want(t, failure.OK)
	var doc report.Stats
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil || len(doc.Containers) != 3 {
		t.Fatalf("%v\n%s", err, r.out)
	}
	for _, u := range doc.Containers {
		busy := u.Service == "busy"
		if busy != (u.CPUPercent > 5) || busy != (u.MemoryLimit == 64<<20) || u.MemoryBytes == 0 || u.Processes == 0 {
			t.Errorf("%+v", u)
		}
	}
	g := s.start(nil, func(ctx context.Context, w *app.Run) error {
		return infra.Stats(ctx, w, infra.StatsOptions{Follow: true})
	})
	row := regexp.MustCompile(`(?m)^busy-2 +\d+\.\d% +\S+ .iB +64 MiB `)
	g.out.await(t, "a second table", func(text string) bool { return len(row.FindAllString(text, -1)) == 2 })
	g.signals <- os.Interrupt
	if code := g.code(t); code != 130 || strings.Contains(g.out.String(), "\x1b") {
		t.Errorf("code %d\n%q", code, g.out)
	}
	s.compose("kill")
	r = s.run(func(ctx context.Context, w *app.Run) error {
		return infra.Stats(ctx, w, infra.StatsOptions{})
	}).want(t, failure.OK)
	if r.out != "nothing is running\n" {
		t.Errorf("said %q", r.out)
	}
}

func TestConfigMasksWhatTheTemplateMarksToo(t *testing.T) {
	s := newStack(t, `
  app:
    image: ${IMAGE}
    command: [run, "${MARKED}", "${MADE}", "${DB_PASSWORD}"]
`)
	s.file("env/.env.example", "IMAGE=app:1\n\n# [secret]\nMARKED=\n\n# [generate 20]\nMADE=\n\nDB_PASSWORD=\n")
	s.file(".env", "IMAGE=app:2\nMARKED=canary1\nMADE=canary2\nDB_PASSWORD=canary3\n")
	for _, asJSON := range []bool{false, true} {
		r := s.run(func(ctx context.Context, w *app.Run) error { return infra.Config(ctx, w, asJSON) }).want(t, failure.OK)
		if strings.Contains(r.all(), "canary") || strings.Count(r.out, "****") != 3 || !strings.Contains(r.out, "app:2") {
			t.Errorf("JSON %t:\n%s", asJSON, r.all())
		}
		if asJSON && !json.Valid([]byte(r.out)) {
			t.Errorf("no JSON:\n%s", r.out)
		}
	}
}

func TestPullSaysWhyAnImageCannotBePulled(t *testing.T) {
	s := newStack(t, `
  here: {build: ., image: "here:1"}
  nowhere: {image: "registry.invalid/nothing:1"}
`)
	r := s.run(func(ctx context.Context, w *app.Run) error { return infra.Pull(ctx, w, nil, false) }).want(t, failure.Preflight)
	for _, want := range []string{"built here, not pulled: here", "registry.invalid", "no such host"} {
		if !strings.Contains(r.all(), want) {
			t.Errorf("no %q in\n%s", want, r.all())
		}
	}
	r = s.run(func(ctx context.Context, w *app.Run) error {
		return infra.Pull(ctx, w, []string{"nowhre"}, false)
	}).want(t, failure.Usage)
	if !strings.Contains(r.all(), "did you mean nowhere?") {
		t.Error(r.all())
	}
}

func TestTheTimelineIsThatOfTheLastRun(t *testing.T) {
	s := newStack(t, "\n  one: {image: \"lab/service:1\"}\n  two: {image: \"lab/service:1\", depends_on: [one]}\n")
	timeline := func(asJSON bool, html string) result {
		return s.run(func(ctx context.Context, w *app.Run) error { return infra.Timeline(ctx, w, asJSON, html) })
	}
	if r := timeline(false, "").want(t, failure.Preflight); !strings.Contains(r.all(), "mage infra:up") {
		t.Error(r.all())
	}
	s.up(infra.UpOptions{}).want(t, failure.OK)
	if r := timeline(false, "").want(t, failure.OK); !strings.Contains(r.out, "two") {
		t.Error(r.all())
	}
	if r := timeline(true, "").want(t, failure.OK); !json.Valid([]byte(r.out)) || !strings.Contains(r.out, `"critical_path"`) {
		t.Error(r.all())
	}
	timeline(false, "run.html").want(t, failure.OK)
	if page, err := os.ReadFile(s.dir + "/run.html"); err != nil || !strings.Contains(string(page), "<html") {
		t.Errorf("%v: %.100s", err, page)
	}
	r := s.run(func(ctx context.Context, w *app.Run) error { return infra.Graph(ctx, w, "dot") }).want(t, failure.OK)
	if !strings.HasPrefix(r.out, "digraph") {
		t.Error(r.out)
	}
	s.run(func(ctx context.Context, w *app.Run) error { return infra.Graph(ctx, w, "png") }).want(t, failure.Usage)
}
