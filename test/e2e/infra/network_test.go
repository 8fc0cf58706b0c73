package infra_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// working is a one-shot that is at work for a while.
var working = strings.Replace(stacktest.Chain, `MIGRATE_TO: "db:8080"`, `MIGRATE_TO: "db:8080", BOOT: 20s`, 1)

// Compose stops what is on a network that it makes anew, and starts nothing.
func TestAOneShotAtWorkIsNotCutByANetworkThatChanges(t *testing.T) {
	t.Parallel()
	s := newStack(t, working+"networks: {default: {labels: {version: \"1\"}}}\n")
	s.Up(infra.UpOptions{Timeout: 12 * time.Second}).Want(t, failure.NotReady)
	if id := s.IDs()[s.Name+"-migrate-1"]; !strings.HasSuffix(id, " running") {
		t.Fatalf("migrate is %q", id)
	}
	began := s.moment("migrate", "StartedAt")
	s.Write(working + "networks: {default: {labels: {version: \"2\"}}}\n")
	s.Up(infra.UpOptions{Timeout: 2 * time.Minute}).Want(t, failure.OK)
	if again := s.moment("migrate", "StartedAt"); !again.Equal(began) {
		t.Errorf("migrate started at %s, and again at %s", began, again)
	}
	s.Settled()
}

func TestAOneShotWithAHealthCheckIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t, strings.Replace(stacktest.Chain, "command: [oneshot]", "command: [oneshot]\n    "+stacktest.Health, 1))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Settled()
	s.Status(false).Want(t, failure.OK)
}

func TestANetworkRemovedBehindOurBackIsMadeAgain(t *testing.T) {
	t.Parallel()
	const text = `
  db: {image: "lab/service:1", stop_grace_period: 0s, ` + stacktest.Health + `}
  agent: {image: "lab/service:1", stop_grace_period: 0s, network_mode: "service:db", environment: {PORT: "8081"}}
  web: {image: "lab/service:1", stop_grace_period: 0s, ` + stacktest.Health + `}
`
	s := newStack(t, text)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Settled()
	network := s.Name + "_default"
	for _, service := range []string{"db", "web"} {
		stacktest.Docker(t, "network", "disconnect", network, s.Name+"-"+service+"-1")
	}
	stacktest.Docker(t, "network", "rm", network)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Running(3)
	for _, service := range []string{"db", "web"} {
		if on := s.Inspect(service, "{{json .NetworkSettings.Networks}}"); !strings.Contains(on, `"`+service+`"`) {
			t.Errorf("%s is on %s", service, on)
		}
	}
	s.Settled()
	// The network is there this time, which is another way through Compose.
	stacktest.Docker(t, "network", "disconnect", network, s.Name+"-web-1")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Running(3)
	s.Settled()
}

// Compose fails here: the start of what was on the network before does not find it.
func TestWhatWasStoppedAndLostItsNetworkRunsAgain(t *testing.T) {
	t.Parallel()
	s := newStack(t, mixed)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Run(func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, nil) }).Want(t, failure.OK)
	stacktest.Docker(t, "network", "rm", s.Name+"_default")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Running(2)
	s.Settled()
}

// Compose takes the container to the new network; from engine 24 on it does not start there.
func TestWhatWasOnARenamedNetworkRunsOnTheNewOne(t *testing.T) {
	t.Parallel()
	on := func(network string) string {
		return "  web: {image: \"lab/service:1\", init: true, stop_grace_period: 0s, networks: [n]}\nnetworks: {n: {name: \"${COMPOSE_PROJECT_NAME}-" + network + "\"}}\n"
	}
	s := newStack(t, on("one"))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Write(on("two"))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Running(1)
	s.Settled()
	s.Write(on("three"))
	_, _ = s.Exec("docker", "compose", "-f", "compose/docker-compose.yml", "up", "-d") // how it ends depends on the engine
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Running(1)
	s.Settled()
}

// Compose's own labels on what shares are others than its config --hash says.
func TestWhatSharesIsNotSaidToBeChangedWithSomethingElse(t *testing.T) {
	t.Parallel()
	const text = `
  db: {image: "lab/service:1", stop_grace_period: 0s, ` + stacktest.Health + `}
  agent: {image: "lab/service:1", stop_grace_period: 0s, network_mode: "service:db", environment: {PORT: "8081"}}
  files: {image: "lab/service:1", stop_grace_period: 0s, volumes_from: [db]}
  web: {image: "lab/service:1", stop_grace_period: 0s, environment: {WHO: one}}
`
	s := newStack(t, text)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Write(strings.Replace(text, "WHO: one", "WHO: two", 1))
	s.Shows("infra:up -dry", s.Up(infra.UpOptions{Dry: true}))
}
