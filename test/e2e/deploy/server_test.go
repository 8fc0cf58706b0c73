// Package deploy_test deploys to the servers of deploytest. The tests here are of
// these servers themselves, which all others stand on. It imports what stacktest
// does.
package deploy_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/deploytest"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	deploytest.Removed()
	os.Exit(code)
}

// drivers are the storage drivers of the engines.
var drivers = map[string]string{"20.10": "overlay2", "26": "overlay2", "26-containerd": "overlayfs"}

// onEach runs a test on a server of each kind.
func onEach(t *testing.T, test func(t *testing.T, s *deploytest.Server)) {
	t.Helper()
	t.Parallel()
	for version := range drivers {
		t.Run("engine "+version, func(t *testing.T) {
			t.Parallel()
			test(t, deploytest.NewServer(t, version))
		})
	}
}

// servers are the tests of one server after the other.
var servers = []struct {
	name string
	test func(*testing.T, *deploytest.Server)
}{
	{"has an engine and no more", hasAnEngineAndNoMore},
	{"lets in its key alone", letsInItsKeyAlone},
	{"has containers that are reached and come back after a reboot", containersComeBackAfterAReboot},
	{"has containers that outlive its engine", containersOutliveTheEngine},
}

func TestADevelopmentServer(t *testing.T) {
	onEach(t, func(t *testing.T, s *deploytest.Server) {
		for _, one := range servers {
			if !t.Run(one.name, func(t *testing.T) { one.test(t, s.For(t)) }) {
				return // the next goes on from there
			}
		}
	})
}

func hasAnEngineAndNoMore(t *testing.T, s *deploytest.Server) {
	out, err := s.SSH("id -un; docker version --format '{{.Server.Version}}'").Output()
	if got := string(out); err != nil || !strings.HasPrefix(got, "deploy\n"+strings.TrimSuffix(s.Version, "-containerd")+".") {
		t.Errorf("the user and the engine are %q (%v)", got, err)
	}
	if got := s.Run("docker compose version >/dev/null 2>&1 || echo none"); got != "none\n" {
		t.Error("it has Compose")
	}
	if got := s.Run("docker images -q; docker ps -aq"); got != "" {
		t.Errorf("it is not empty: %s", got)
	}
	if got := s.Docker("info", "--format", "{{.Driver}} {{.LiveRestoreEnabled}}"); got != drivers[s.Version]+" true\n" {
		t.Errorf("storage driver and live-restore are %q", got)
	}
}

func letsInItsKeyAlone(t *testing.T, s *deploytest.Server) {
	if out, err := s.SSH("-l", "root", "id", "-un").Output(); string(out) != "root\n" || err != nil {
		t.Errorf("root's key: %q, %v", out, err)
	}
	for _, user := range []string{"root", "deploy"} {
		if got := strings.Split(s.Exec("getent", "shadow", user), ":")[1]; strings.Trim(got, "!*") != "" {
			t.Errorf("%s has a password", user)
		}
	}
	out, err := s.SSH("-v", "-o", "PubkeyAuthentication=no", "true").CombinedOutput()
	if err == nil || !strings.Contains(strings.ReplaceAll(string(out), "\r", ""), "Authentications that can continue: publickey\n") {
		t.Errorf("without a key: %v\n%s", err, out)
	}
	for _, name := range []string{"key", "config", "known_hosts"} {
		if info, err := os.Stat(filepath.Join(s.Dir, name)); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// Those of the restart policy that says so.
func containersComeBackAfterAReboot(t *testing.T, s *deploytest.Server) {
	s.Load("lab/service:1")
	s.Run("docker network create inner && docker run -d --name kept --network inner --restart always -p 8080:8080 lab/service:1 && docker run -d --name left lab/service:1")
	awaitOK(t, s)
	s.Run("docker run --rm --network inner -e MIGRATE_TO=kept:8080 lab/service:1") // names are found
	s.Reboot()
	awaitOK(t, s)
	if got := s.Docker("ps", "--format", "{{.Names}}"); got != "kept\n" {
		t.Errorf("after the reboot %q run", got)
	}
}

func containersOutliveTheEngine(t *testing.T, s *deploytest.Server) {
	started := s.Docker("inspect", "--format", "{{.State.StartedAt}}", "kept")
	s.Exec("pkill", "-KILL", "-x", "dockerd")
	s.Start()
	if got := s.Docker("inspect", "--format", "{{.State.StartedAt}}", "kept"); got != started {
		t.Errorf("it was started at %s and again at %s", started, got)
	}
	awaitOK(t, s)
}

// awaitOK waits until the service at the server's port 8080 answers.
func awaitOK(t *testing.T, s *deploytest.Server) {
	t.Helper()
	url := "http://" + s.IP() + ":8080"
	stacktest.Eventually(t, url+" answers", func() bool { return get(t, url) == "ok\n" })
}

// get is the body of an answer, empty without one.
func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url) // #nosec G107 // a server of this test
	if err != nil {
		return ""
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return ""
	}
	return string(body)
}
