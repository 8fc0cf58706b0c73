package e2e_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

func (s *stack) status(asJSON bool) result {
	s.t.Helper()
	return s.run(func(ctx context.Context, w *app.Run) error { return infra.Status(ctx, w, asJSON) })
}

func TestDocumentsAreWhatTheirSchemasSay(t *testing.T) {
	t.Parallel()
	s := newStack(t, chain)
	check := func(name string, r result, code failure.Code) {
		t.Helper()
		schematest.Validate(t, name, []byte(r.want(t, code).out))
	}
	check("status", s.status(true), failure.NotReady)
	check("plan", s.up(infra.UpOptions{Dry: true, JSON: true}), failure.OK)
	check("up", s.up(infra.UpOptions{JSON: true}), failure.OK)
	check("plan", s.up(infra.UpOptions{Dry: true, JSON: true}), failure.OK)
	check("up", s.up(infra.UpOptions{JSON: true}), failure.OK)
	check("status", s.status(true), failure.OK)
	check("stats", s.run(func(ctx context.Context, w *app.Run) error {
		return infra.Stats(ctx, w, infra.StatsOptions{JSON: true})
	}), failure.OK)
	check("timeline", s.run(func(ctx context.Context, w *app.Run) error { return infra.Timeline(ctx, w, true, "") }), failure.OK)
	s.write(strings.Replace(chain, "BOOT: 200ms", `BOOT: 1h, CRASH_AFTER: 100ms, EXIT_CODE: "3"`, 1))
	failed := s.up(infra.UpOptions{JSON: true})
	check("up", failed, failure.NotReady)
	check("status", s.status(true), failure.NotReady)
	s.write("\n  db: {image: 7, ports: nonsense}\n")
	check("up", s.up(infra.UpOptions{JSON: true}), failure.Preflight)
	check("plan", s.up(infra.UpOptions{JSON: true, Dry: true}), failure.Preflight)
	check("plan", s.up(infra.UpOptions{JSON: true, Dry: true, Timeout: -1}), failure.Usage)
	check("status", s.status(true), failure.Preflight)
	check("stats", s.run(func(ctx context.Context, w *app.Run) error {
		return infra.Stats(ctx, w, infra.StatsOptions{JSON: true})
	}), failure.Preflight)
	check("timeline", s.run(func(ctx context.Context, w *app.Run) error { return infra.Timeline(ctx, w, true, "") }), failure.Preflight)
}

func TestStatesInJSONAreThoseOfTheServices(t *testing.T) {
	t.Parallel()
	s := newStack(t, chain+`
  crash: {image: "lab/service:1", environment: {BOOT: 1h, CRASH_AFTER: 50ms, EXIT_CODE: "3"}, `+health+`}
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
	s := newStack(t, chain)
	if r := s.status(false); r.code != failure.NotReady || !strings.Contains(r.all(), "mage infra:up") {
		t.Errorf("before: %d\n%s", r.code, r.all())
	}
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.status(false).want(t, failure.OK)
	cli(t, "restart", "-t", "1", s.name+"-api-1") // a new start, which nobody has seen ready
	s.status(false).want(t, failure.NotReady)
	cli(t, "kill", s.name+"-api-1")
	s.status(false).want(t, failure.NotReady)
	s.up(infra.UpOptions{}).want(t, failure.OK)
}

func TestUpChoosesTheLocalEnvironmentWhereThereIsNoneAndSaysSo(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db: {image: "lab/service:1", environment: {PASSWORD: "${DB_PASSWORD:?is not set}"}, `+health+`}
`)
	s.file("env/.env.example", "# Password of the database. [secret] [generate 24]\nDB_PASSWORD=\n")
	r := s.up(infra.UpOptions{}).want(t, failure.OK)
	s.inEnvironment("local")
	if !strings.Contains(r.err, "env:local") {
		t.Errorf("not said:\n%s", r.err)
	}
	target, err := os.Readlink(filepath.Join(s.dir, ".env"))
	if err != nil || filepath.ToSlash(target) != "env/.env.local" {
		t.Errorf(".env is %q, %v", target, err)
	}
	info, err := os.Stat(filepath.Join(s.dir, "env/.env.local"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("env/.env.local: %v, %v", info.Mode(), err)
	}
	password := strings.TrimSpace(strings.TrimPrefix(s.inspectEnv("db", "PASSWORD"), "PASSWORD="))
	if len(password) != 24 || strings.Contains(r.all(), password) {
		t.Errorf("a password of %d characters, shown: %v", len(password), strings.Contains(r.all(), password))
	}
}

// inspectEnv is one variable of a service's container.
func (s *stack) inspectEnv(service, name string) string {
	s.t.Helper()
	var env []string
	if err := json.Unmarshal([]byte(s.inspect(service, "{{json .Config.Env}}")), &env); err != nil {
		s.t.Fatal(err)
	}
	for _, e := range env {
		if strings.HasPrefix(e, name+"=") {
			return e
		}
	}
	return ""
}

func TestAPageThatCannotBeWrittenIsSaidBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	s := newStack(t, chain)
	page := func(file string) result {
		return s.run(func(ctx context.Context, w *app.Run) error { return infra.Timeline(ctx, w, false, file) })
	}
	r := page("gone/x.html").want(t, failure.Preflight)
	if want := "-html: gone/x.html cannot be written: no such file or directory\n  → mkdir -p " + s.dir + "/gone"; r.failed.Error() != want {
		t.Errorf("got %s", r.failed)
	}
	if r := page("compose").want(t, failure.Preflight); !strings.Contains(r.failed.Error(), "compose cannot be written: is a directory") {
		t.Errorf("got %s", r.failed)
	}
	if r := page("x.html").want(t, failure.Preflight); !strings.Contains(r.failed.Error(), "no run of") {
		t.Errorf("got %s", r.failed)
	}
	if left := s.tree(); strings.Contains(left, ".html") || strings.Contains(left, ".spellbook-") {
		t.Errorf("left behind:\n%s", left)
	}
}
