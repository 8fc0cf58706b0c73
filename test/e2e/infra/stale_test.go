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
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// Compose writes inline configs and secrets into containers, and neither its hash nor
// its up knows when they are others.
func TestAConfigThatIsAnotherMakesTheContainerAnew(t *testing.T) {
	t.Parallel()
	s := stacktest.New(t, `
  web: {image: "lab/base:bookworm", init: true, command: sleep 1000, configs: [note], secrets: [token], stop_grace_period: 1s}
  db: {image: "lab/service:1", init: true}
configs: {note: {content: "one\n"}}
secrets: {token: {environment: TOKEN}}
`)
	s.Env = append(s.Env, "TOKEN=first-token")
	read := func(path string) string {
		return strings.TrimSpace(stacktest.Docker(t, "exec", s.Name+"-web-1", "cat", path))
	}
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	web := s.Inspect("web", "{{.Id}}")
	s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, "nothing to do")

	s.Edit("compose/docker-compose.yml", `content: "one`, `content: "two`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, "a config or secret changed").SaysNot(t, "db         started")
	if now := s.Inspect("web", "{{.Id}}"); now == web || read("/note") != "two" {
		t.Errorf("web has %q", read("/note"))
	}
	s.Edit("compose/docker-compose.yml", `"lab/service:1", init: true`, `"lab/service:1", init: true, labels: {a: b}`)
	s.Up(infra.UpOptions{Services: []string{"db"}}).Want(t, failure.OK) // which remembers web's, though it is not about web
	db := s.Inspect("db", "{{.Id}}")
	s.Env = append(s.Env, "TOKEN=second-token")
	s.Up(infra.UpOptions{Dry: true}).Want(t, failure.OK).Says(t, "a config or secret changed")
	s.Up(infra.UpOptions{Services: []string{"db"}}).Want(t, failure.OK)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	if got := read("/run/secrets/token"); got != "second-token" {
		t.Errorf("web has %q", got)
	}
	if s.Inspect("db", "{{.Id}}") != db {
		t.Error("db is another container, and has no config")
	}
	s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, "nothing to do")
}

// What a container mounts it may read again by itself; that it has not is told until
// it was started again.
func TestAFileOfAConfigThatHasChangedIsTold(t *testing.T) {
	t.Parallel()
	s := stacktest.New(t, `
  web: {image: "lab/service:1", init: true, configs: [note]}
configs: {note: {file: ./note.txt}}
`)
	path := s.File("compose/note.txt", "one\n")
	s.Up(infra.UpOptions{}).Want(t, failure.OK).SaysNot(t, "has changed since")
	web := s.Inspect("web", "{{.Id}}")
	if err := os.Rename(s.File("compose/new.txt", "two\n"), path); err != nil {
		t.Fatal(err)
	}
	const told = "the file of a config or secret of web has changed since it was started"
	for range 2 {
		s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, "nothing to do", told, "mage infra:restart -services=web")
	}
	s.Run(func(ctx context.Context, w *app.Run) error { return infra.Restart(ctx, w, []string{"web"}) }).Want(t, failure.OK).SaysNot(t, told)
	s.Up(infra.UpOptions{}).Want(t, failure.OK).SaysNot(t, told)
	if s.Inspect("web", "{{.Id}}") != web {
		t.Error("web is another container")
	}
}

// A volume is kept with its data, whatever the files have now, and each run says so
// until it is as they have it.
func TestAVolumeThatIsNotAsTheFilesHaveItIsToldByEachRun(t *testing.T) {
	t.Parallel()
	s := stacktest.New(t, `
  web: {image: "lab/service:1", init: true, volumes: ["data:/data", "other:/other"]}
volumes: {data: {}, other: {}}
`)
	stacktest.Docker(t, "volume", "create", "--label", "com.docker.compose.project=elsewhere", s.Name+"_other")
	t.Cleanup(func() { s.Remove(); stacktest.Docker(t, "volume", "rm", "-f", s.Name+"_other") })
	others := s.Name + `_other" already exists but was created for project "elsewhere"`
	s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, others)
	s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, others, "nothing to do")
	s.Edit(filepath.Join("compose", "docker-compose.yml"), "data: {}", "data: {driver_opts: {type: tmpfs, device: tmpfs}}")
	differs := "volume " + s.Name + "_data is not as the Compose files have it now"
	for range 3 {
		s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, differs, "docker volume rm "+s.Name+"_data")
	}
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	stacktest.Docker(t, "volume", "rm", s.Name+"_data")
	s.Up(infra.UpOptions{}).Want(t, failure.OK).SaysNot(t, differs)
	s.Up(infra.UpOptions{}).Want(t, failure.OK).SaysNot(t, differs)
}
