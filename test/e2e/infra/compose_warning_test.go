package infra_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// What Compose warns of while it makes things reaches the reader, and the commands that
// help are typed.
func TestWhatComposeWarnsOfIsTold(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db: {image: "lab/service:1", stop_grace_period: 1s, volumes: ["kept:/kept", "other:/other"]}
volumes:
  kept: {labels: {size: "${SIZE:-small}"}}
  other: {name: "${NAME}"}
`)
	s.Env = append(s.Env, "NAME="+s.Name+"-byhand")
	stacktest.Docker(t, "volume", "create", s.Name+"-byhand")
	t.Cleanup(func() { stacktest.Docker(t, "volume", "rm", "--force", s.Name+"-byhand") })
	s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, `volume "`+s.Name+`-byhand" already exists but was not created by Docker Compose`)
	s.Settled()

	s.Env = append(s.Env, "SIZE=large")
	kept := s.Name + "_kept"
	s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, "volume "+kept+" is not as the Compose files have it now", "mage infra:down, docker volume rm "+kept+", mage infra:up")
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	stacktest.Docker(t, "volume", "rm", kept)
	s.Up(infra.UpOptions{}).Want(t, failure.OK).SaysNot(t, "is not as the Compose files have it")
	if size := strings.TrimSpace(stacktest.Docker(t, "volume", "inspect", "--format", "{{.Labels.size}}", kept)); size != "large" {
		t.Errorf("the volume is %q", size)
	}
	s.Down(infra.DownOptions{Volumes: true, Yes: true}).Want(t, failure.OK)
}
