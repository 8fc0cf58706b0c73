package infra_test

import (
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// sharing has one service that two others are in the network or the memory of.
const sharing = `
  gate: {image: "lab/service:1", stop_grace_period: 1s, restart: always, ipc: shareable, ` + stacktest.Health + `}
  inside: {image: "lab/service:1", stop_grace_period: 1s, network_mode: "service:gate", environment: {PORT: "8081"}}
  beside: {image: "lab/service:1", stop_grace_period: 1s, ipc: "service:gate"}
`

// inSpace is the name space of that kind that a service's container is in.
func (s *stack) inSpace(service, kind string) string {
	s.T.Helper()
	link, err := os.Readlink("/proc/" + s.Inspect(service, "{{.State.Pid}}") + "/ns/" + kind)
	if err != nil {
		s.T.Fatal(err)
	}
	return link
}

// Whoever shares a name space is brought back into it, whoever started its owner again.
func TestWhatSharesANameSpaceFollowsItsOwner(t *testing.T) {
	t.Parallel()
	s := newStack(t, sharing)
	together := func(when string) {
		t.Helper()
		if s.inSpace("inside", "net") != s.inSpace("gate", "net") || s.inSpace("beside", "ipc") != s.inSpace("gate", "ipc") {
			t.Errorf("%s: they are not in the name spaces of gate", when)
		}
	}
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	together("after the first up")
	for when, do := range map[string]func(){
		"docker restart": func() { stacktest.Docker(t, "restart", s.Name+"-gate-1") },
		"a crash": func() {
			before := s.Inspect("gate", "{{.State.Pid}}")
			if pid, err := strconv.Atoi(before); err != nil || syscall.Kill(pid, syscall.SIGKILL) != nil {
				t.Fatalf("pid %q: %v", before, err)
			}
			stacktest.Eventually(t, "it is started again", func() bool { now := s.Inspect("gate", "{{.State.Pid}}"); return now != before && now != "0" })
		},
		"made anew": func() { s.Compose("up", "-d", "--no-deps", "--force-recreate", "gate") },
	} {
		do()
		stacktest.Eventually(t, "gate runs", func() bool { return s.Runs("gate") })
		s.Status(false).Want(t, failure.NotReady).Says(t, "gate was started after it")
		s.Up(infra.UpOptions{}).Want(t, failure.OK)
		together(when)
		s.Status(false).Want(t, failure.OK)
		s.Settled()
	}
}
