package e2e_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestAnEnvironmentFileMayNameTheEngineAndTheShellWins(t *testing.T) {
	t.Parallel()
	s := newStack(t, chain)
	s.file(".env", "DOCKER_HOST=unix:///nowhere/of-the-file.sock\n")
	if r := s.status(false).want(t, failure.Preflight); !strings.Contains(r.all(), "/nowhere/of-the-file.sock") {
		t.Errorf("got\n%s", r.all())
	}
	s.env = append(s.env, "DOCKER_HOST="+s.client.Endpoint.Host)
	s.status(false).want(t, failure.NotReady)
}
