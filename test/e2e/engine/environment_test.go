package engine_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestAnEnvironmentFileMayNameTheEngineAndTheShellWins(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Chain)
	s.File(".env", "DOCKER_HOST=unix:///nowhere/of-the-file.sock\n")
	s.Status(false).Want(t, failure.Preflight).Says(t, "/nowhere/of-the-file.sock")
	s.Env = append(s.Env, "DOCKER_HOST="+s.Client.Endpoint.Host)
	s.Status(false).Want(t, failure.NotReady)
}
