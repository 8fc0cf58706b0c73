package infra_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// provider is a program as Compose calls one: it notes how, and answers with
// variables.
const provider = `#!/bin/sh
case "$*" in
*metadata*) echo '{"description":"test","up":{"parameters":[{"name":"size"}]},"down":{"parameters":[]},"stop":{"parameters":[]}}'; exit ;;
esac
echo "$*" >>"$0.calls"
case "$*" in
*" up "*) echo '{"type":"info","message":"making"}'; echo '{"type":"setenv","message":"URL=http://made"}' ;;
esac
`

// As Compose calls it: up at up, stop at stop, down at down, once each. What depends
// on it has its variables, and is made anew where it has changed alone.
func TestAProviderIsCalledAsComposeCallsIt(t *testing.T) {
	t.Parallel()
	s := stacktest.New(t, "")
	path := s.File("provider", provider)
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	s.Write(`
  web: {image: "lab/service:1", init: true, environment: {A: a}, depends_on: {db: {condition: service_healthy}}}
  db: {provider: {type: ` + path + `, options: {size: 3}}}
`)
	called := func(want ...string) {
		t.Helper()
		data, _ := os.ReadFile(path + ".calls")
		_ = os.Remove(path + ".calls")
		if got := strings.TrimSpace(string(data)); got != strings.Join(want, "\n") {
			t.Errorf("called with\n%s\nnot\n%s", got, strings.Join(want, "\n"))
		}
	}
	up := "compose --project-name=" + s.Name + " up --size=3 db"

	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	called(up)
	if env := s.Inspect("web", "{{.Config.Env}}"); !strings.Contains(env, "DB_URL=http://made") {
		t.Errorf("web has no variable of its provider: %s", env)
	}
	s.Status(false).Want(t, failure.OK).Says(t, "by its provider "+path)
	web := s.Inspect("web", "{{.Id}}")

	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	called(up)
	if again := s.Inspect("web", "{{.Id}}"); again != web {
		t.Error("web is another container, and nothing has changed")
	}
	s.Edit(filepath.Join("compose", "docker-compose.yml"), "A: a", "A: b")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	called(up)
	if again := s.Inspect("web", "{{.Id}}"); again == web {
		t.Error("web is the same container, and its environment has changed")
	}

	s.Run(func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, nil) }).Want(t, failure.OK)
	called("compose --project-name=" + s.Name + " stop db")
	s.Status(false).Want(t, failure.NotReady).Says(t, "was not called")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	called(up)
	for _, service := range []string{"web", "db"} {
		s.Run(func(ctx context.Context, w *app.Run) error { return infra.Recreate(ctx, w, []string{service}) }).Want(t, failure.OK)
		called(up)
	}
	cleans := func(says string) {
		t.Helper()
		s.Run(func(ctx context.Context, w *app.Run) error { return clean.Containers(ctx, w, clean.Options{Yes: true}) }).Want(t, failure.OK).Says(t, says)
	}
	cleans("removed 1 container, 1 network, what 1 provider has made\n")
	called("compose --project-name=" + s.Name + " down db")
	cleans("nothing to clean")
	called("")
	if err := os.RemoveAll(filepath.Join(s.Dir, ".spellbook")); err != nil {
		t.Fatal(err)
	}
	cleans("removed what 1 provider has made\n")
	called("compose --project-name=" + s.Name + " down db")
	cleans("nothing to clean")
	called("")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	called(up)
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	called("compose --project-name=" + s.Name + " down db")
	cleans("nothing to clean")
	called("")
	if left := s.Belongings(); left != "" {
		t.Errorf("left: %s", left)
	}
}
