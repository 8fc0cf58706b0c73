package dev_test

import (
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// sampleBackend is the sample backend in a clone of this repository, of which
// nothing has been built yet.
func sampleBackend(t *testing.T) *backend {
	t.Helper()
	s := clone(t)
	port := strconv.Itoa(stacktest.FreePort(t))
	b := &backend{Stack: s, image: "sbtest/backend-" + s.Name + ":dev", url: "http://127.0.0.1:" + port}
	s.Env = append(s.Env, "BACKEND_IMAGE="+b.image, "API_PORT="+port)
	t.Cleanup(s.RemoveImages)
	return b
}

// mage runs the launcher as a user does who stands in a directory.
func (b *backend) mage(dir string, args ...string) string {
	b.T.Helper()
	cmd := exec.Command(filepath.Join(b.Dir, "scripts/mage"), args...)
	cmd.Dir, cmd.Env = filepath.Join(b.Dir, dir), b.Env
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.T.Fatalf("mage %s in %q: %v\n%s", strings.Join(args, " "), dir, err, out)
	}
	return string(out)
}

func TestTheSampleBackendIsBuiltRunAndCalledByItsTargets(t *testing.T) {
	t.Parallel()
	b := sampleBackend(t)
	if out := b.mage("apps/backend/internal", "build:backend"); !strings.Contains(out, "agent-plotmaster, agent-worldsmith, api-gateway, migrate") {
		t.Errorf("it does not say that four services share one image:\n%s", out)
	}
	ids := strings.Fields(stacktest.Docker(t, "image", "ls", "--no-trunc", "--quiet", strings.TrimSuffix(b.image, ":dev")))
	if len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("the key and the friendly name are of %v", ids)
	}
	b.mage("", "dev:up")
	containers := b.IDs()
	var health struct{ Status string }
	if answer := b.call("GET", "/health", "", &health); answer.status != 200 || health.Status != "up" {
		t.Errorf("/health: got %d, %+v", answer.status, health)
	}
	var novel struct{ ID, Title string }
	if answer := b.call("POST", "/novels", `{"title":"Atlas"}`, &novel); answer.status != 201 {
		t.Errorf("POST /novels: got %d", answer.status)
	}
	var list novelList
	if b.call("GET", "/novels", "", &list); len(list.Novels) != 1 || list.Novels[0].Title != "Atlas" {
		t.Errorf("GET /novels: got %+v", list)
	}
	var doc report.BuildReport
	if out := b.mage("docs", "build:backend", "-json"); json.Unmarshal([]byte(out), &doc) != nil || doc.Changed {
		t.Errorf("the second time: %s", out)
	}
	if doc.Builds[0].State != report.ImageExists {
		t.Errorf("the second time: %+v", doc.Builds)
	}
	b.mage("", "dev:up")
	if now := b.IDs(); len(now) == 0 || !maps.Equal(now, containers) {
		t.Errorf("the second dev:up replaced containers: %v, were %v", now, containers)
	}
}
