package infra_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// Nothing says of a container without a health check that it is healthy: whoever waits
// for that is told, as Compose tells, and not started.
func TestWhoWaitsForTheHealthOfWhatHasNoCheckIsRefused(t *testing.T) {
	t.Parallel()
	for name, check := range map[string]string{"none": "", "disabled": "healthcheck: {disable: true}"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, `
  db:
    image: lab/service:1
    stop_grace_period: 1s
    `+check+`
  api: {image: "lab/service:1", stop_grace_period: 1s, depends_on: {db: {condition: service_healthy}}}
`)
			s.Up(infra.UpOptions{}).Want(t, failure.NotReady).Says(t, "db has no health check, and others depend on it with condition: service_healthy", "not started: api")
			if s.Runs("api") {
				t.Error("api was started")
			}
			if code, out := s.Exec("docker", "compose", "-p", s.Name, "-f", "compose/docker-compose.yml", "up", "-d"); code == 0 {
				t.Errorf("Compose goes on:\n%s", out)
			}
			s.Edit("compose/docker-compose.yml", "condition: service_healthy", "condition: service_started")
			s.Up(infra.UpOptions{}).Want(t, failure.OK)
		})
	}
}

// A health check that the image brings is one.
func TestTheImagesOwnHealthCheckIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db: {image: "${IMAGE}", stop_grace_period: 1s}
  api: {image: "lab/service:1", stop_grace_period: 1s, depends_on: {db: {condition: service_healthy}}}
`)
	image := s.Name + "-checked"
	stacktest.Docker(t, "create", "--name", image, "lab/service:1")
	stacktest.Docker(t, "commit", "--change", `HEALTHCHECK --interval=1s CMD ["/service", "health", "tcp"]`, image, image)
	stacktest.Docker(t, "rm", image)
	t.Cleanup(func() { stacktest.Docker(t, "rmi", "--force", image) })
	s.Env = append(s.Env, "IMAGE="+image)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Settled()
}
