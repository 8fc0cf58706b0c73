package infra_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestDocumentsAreWhatTheirSchemasSay(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Chain)
	check := func(name string, r stacktest.Result, code failure.Code) {
		t.Helper()
		schematest.Validate(t, name, []byte(r.Want(t, code).Out))
	}
	check("status", s.Status(true), failure.NotReady)
	check("plan", s.Up(infra.UpOptions{Dry: true, JSON: true}), failure.OK)
	check("up", s.Up(infra.UpOptions{JSON: true}), failure.OK)
	check("plan", s.Up(infra.UpOptions{Dry: true, JSON: true}), failure.OK)
	check("up", s.Up(infra.UpOptions{JSON: true}), failure.OK)
	check("status", s.Status(true), failure.OK)
	check("stats", s.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Stats(ctx, w, infra.StatsOptions{JSON: true})
	}), failure.OK)
	check("timeline", s.Run(func(ctx context.Context, w *app.Run) error { return infra.Timeline(ctx, w, true, "") }), failure.OK)
	s.Write(strings.Replace(stacktest.Chain, "BOOT: 200ms", `BOOT: 1h, CRASH_AFTER: 100ms, EXIT_CODE: "3"`, 1))
	failed := s.Up(infra.UpOptions{JSON: true})
	check("up", failed, failure.NotReady)
	check("status", s.Status(true), failure.NotReady)
	s.Write("\n  db: {image: 7, ports: nonsense}\n")
	check("up", s.Up(infra.UpOptions{JSON: true}), failure.Preflight)
	check("plan", s.Up(infra.UpOptions{JSON: true, Dry: true}), failure.Preflight)
	check("plan", s.Up(infra.UpOptions{JSON: true, Dry: true, Timeout: -1}), failure.Usage)
	check("status", s.Status(true), failure.Preflight)
	check("stats", s.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Stats(ctx, w, infra.StatsOptions{JSON: true})
	}), failure.Preflight)
	check("timeline", s.Run(func(ctx context.Context, w *app.Run) error { return infra.Timeline(ctx, w, true, "") }), failure.Preflight)
}

func TestStatesInJSONAreThoseOfTheServices(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Chain+`
  crash: {image: "lab/service:1", environment: {BOOT: 1h, CRASH_AFTER: 50ms, EXIT_CODE: "3"}, `+stacktest.Health+`}
`)
	doc := s.document(infra.UpOptions{})
	var crash struct{ ExitCode *int }
	for _, f := range doc.Failures {
		if f.Service == "crash" {
			crash.ExitCode = f.ExitCode
		}
	}
	if doc.OK || doc.ExitCode != 4 || crash.ExitCode == nil || *crash.ExitCode != 3 {
		t.Errorf("got %+v", doc)
	}
}

func TestStatusIsTrueRightAfterUp(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Chain)
	s.Shows("infra:status before infra:up", s.Status(false))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Status(false).Want(t, failure.OK)
	stacktest.Docker(t, "restart", "-t", "1", s.Name+"-api-1") // a new start, which nobody has seen ready
	s.Status(false).Want(t, failure.NotReady)
	stacktest.Docker(t, "kill", s.Name+"-api-1")
	s.Status(false).Want(t, failure.NotReady)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
}

func TestUpChoosesTheLocalEnvironmentWhereThereIsNoneAndSaysSo(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db: {image: "lab/service:1", environment: {PASSWORD: "${DB_PASSWORD:?is not set}"}, `+stacktest.Health+`}
`)
	s.File("env/.env.example", "# Password of the database. [secret] [generate 24]\nDB_PASSWORD=\n")
	r := s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.InEnvironment("local")
	r.Says(t, "env:local")
	target, err := os.Readlink(filepath.Join(s.Dir, ".env"))
	if err != nil || filepath.ToSlash(target) != "env/.env.local" {
		t.Errorf(".env is %q, %v", target, err)
	}
	info, err := os.Stat(filepath.Join(s.Dir, "env/.env.local"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("env/.env.local: %v, %v", info.Mode(), err)
	}
	password := strings.TrimSpace(strings.TrimPrefix(s.InspectEnv("db", "PASSWORD"), "PASSWORD="))
	if len(password) != 24 || strings.Contains(r.All(), password) {
		t.Errorf("a password of %d characters, shown: %v", len(password), strings.Contains(r.All(), password))
	}
}

func TestAPageThatCannotBeWrittenIsSaidBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Chain)
	page := func(file string) stacktest.Result {
		return s.Run(func(ctx context.Context, w *app.Run) error { return infra.Timeline(ctx, w, false, file) })
	}
	for _, file := range []string{"gone/x.html", "compose", "x.html"} {
		s.Shows("infra:timeline -html="+file, page(file))
	}
	if left := s.tree(); strings.Contains(left, ".html") || strings.Contains(left, ".spellbook-") {
		t.Errorf("left behind:\n%s", left)
	}
}
