package engine_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// reachable has one service whose image has cat and one whose image holds
// nothing but a program. Docker's own health check of the first comes after
// an hour: only a probe of ours makes it ready.
const reachable = `
  db:
    image: lab/postgres:15
    environment: {POSTGRES_PASSWORD: not-a-secret}
    healthcheck: {test: [CMD-SHELL, pg_isready -U postgres], interval: 1h, timeout: 5s, retries: 5}
  client:
    image: lab/service:1
    command: [oneshot]
    environment: {MIGRATE_TO: "db:5432"}
    depends_on: {db: {condition: service_healthy}}
  bare:
    image: lab/service:1
    environment: {BOOT: 300ms}
    ports: ["127.0.0.1::8080"]
    healthcheck: {test: [CMD, /service, health], interval: 1s, timeout: 5s, retries: 20}
`

// without runs the compiled targets where the engine's own socket is hidden:
// nothing can go around the way that the environment names.
func (s *stack) without(args ...string) *exec.Cmd {
	s.T.Helper()
	if os.Geteuid() != 0 {
		s.T.Fatal("to hide the engine's socket, these tests have to be run by root")
	}
	const hide = `mount --bind /dev/null "$0" && exec "$@"`
	cmd := exec.Command("unshare", append([]string{"--mount", "sh", "-c", hide, s.Socket(), stacktest.Binary(s.T)}, args...)...)
	cmd.Dir, cmd.Env = s.Dir, s.Env
	return cmd
}

// hidden runs one target so, and returns its code and both streams together.
func (s *stack) hidden(args ...string) (code int, output string) {
	s.T.Helper()
	cmd := s.without(args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.T.Fatalf("%v (unshare is in the package util-linux)", err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// obey walks a stack through its life by the way that env names.
func (s *stack) obey(env ...string) {
	s.T.Helper()
	s.Env = append(s.Env, env...)
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"infra:up", "-timeout=90s"}, "client"},
		{[]string{"infra:up"}, "nothing to do"},
		{[]string{"infra:status"}, "ready"},
		{[]string{"infra:exec", "db", "cat /etc/hostname; echo hello from $POSTGRES_PASSWORD"}, "hello from not-a-secret"},
		{[]string{"infra:logs", "-services=client"}, "migrated db:5432"},
		{[]string{"infra:down", "-volumes", "-yes"}, "is down"},
	} {
		if code, out := s.hidden(step.args...); code != 0 || !strings.Contains(out, step.want) {
			s.T.Fatalf("%v: exit code %d, want 0 and %q\n%s", step.args, code, step.want, out)
		}
	}
	if ids := s.IDs(); len(ids) != 0 {
		s.T.Errorf("left behind: %v", ids)
	}
}

// refused runs infra:up, which must not get to the engine, and wants one error
// that names what is wrong.
func (s *stack) refused(want ...string) {
	s.T.Helper()
	stacktest.Binary(s.T) // which may have to be compiled first
	began := time.Now()
	code, out := s.hidden("infra:up")
	if took := time.Since(began); code != int(failure.Preflight) || took > 25*time.Second {
		s.T.Errorf("exit code %d after %s, want 3 and soon\n%s", code, took, out)
	}
	for _, text := range append(want, "Error: ", "→ ") {
		if strings.Count(out, text) != 1 {
			s.T.Errorf("want %q once in\n%s", text, out)
		}
	}
	if n := strings.Count(strings.TrimSpace(out), "\n"); n > 1 {
		s.T.Errorf("more than an error and its hint:\n%s", out)
	}
}

func TestDockerHostOfAnotherSocketIsObeyed(t *testing.T) {
	t.Parallel()
	s := newStack(t, reachable)
	door := s.unixDoor()
	s.obey("DOCKER_CONTEXT=ignored", "DOCKER_HOST=unix://"+door.address)
	if n := door.count(); n < 10 {
		t.Errorf("%d connections", n)
	}
}

func TestDockerHostWithMutualTLSIsObeyed(t *testing.T) {
	t.Parallel()
	s := newStack(t, reachable)
	door := s.tlsDoor()
	s.obey("DOCKER_HOST=tcp://"+door.address, "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH="+door.certs)
}

func TestAnEngineWithTLSRefusesWhoIsNotKnown(t *testing.T) {
	t.Parallel()
	s := newStack(t, reachable)
	door, other := s.tlsDoor(), s.tlsDoor()
	host := "DOCKER_HOST=tcp://" + door.address
	ours := func(name string) string { return filepath.Join(door.certs, name) }
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"a client of another authority": {[]string{"DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=" + directory(t, ours("ca.pem"),
			filepath.Join(other.certs, "cert.pem"), filepath.Join(other.certs, "key.pem"))}, "tls: "},
		"an engine of another authority": {[]string{"DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=" + other.certs}, "certificate signed by unknown authority"},
		"no client certificate":          {[]string{"DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=" + directory(t, ours("ca.pem"))}, "tls: "},
		"no files":                       {[]string{"DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=" + t.TempDir()}, "ca.pem: no such file"},
		"half a pair":                    {[]string{"DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=" + directory(t, ours("ca.pem"), ours("cert.pem"))}, "key.pem"},
		"no TLS at all":                  {nil, "no Docker engine answers at"},
	} {
		t.Run(name, func(t *testing.T) {
			one := *s
			one.T, one.Env = t, append(append(s.Env[:len(s.Env):len(s.Env)], host), c.env...)
			one.refused(c.want)
		})
	}
}

func TestDockerContextsAreObeyed(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"DOCKER_CONTEXT", "config.json"} {
		t.Run("a socket, named by "+way, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, reachable)
			s.obey(s.context(way, "host=unix://"+s.unixDoor().address)...)
		})
	}
	t.Run("TLS", func(t *testing.T) {
		t.Parallel()
		s := newStack(t, reachable)
		door := s.tlsDoor()
		s.obey(s.context("config.json", "host=tcp://"+door.address+",ca="+filepath.Join(door.certs, "ca.pem")+
			",cert="+filepath.Join(door.certs, "cert.pem")+",key="+filepath.Join(door.certs, "key.pem"))...)
	})
	t.Run("TLS without verification", func(t *testing.T) {
		t.Parallel()
		s := newStack(t, reachable)
		door := s.tlsDoor()
		s.obey(s.context("DOCKER_CONTEXT", "host=tcp://"+door.address+",skip-tls-verify=true,cert="+
			filepath.Join(door.certs, "cert.pem")+",key="+filepath.Join(door.certs, "key.pem"))...)
	})
}

func TestAContextThatDoesNotExistIsSaid(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"DOCKER_CONTEXT", "config.json"} {
		s := newStack(t, reachable)
		s.Env = append(s.Env, s.context(way, "host=unix://"+s.Socket())...)
		if way == "config.json" {
			if err := os.WriteFile(filepath.Join(s.Dir, "docker", "config.json"), []byte(`{"currentContext": "gone"}`), 0o600); err != nil {
				t.Fatal(err)
			}
		} else {
			s.Env = append(s.Env, "DOCKER_CONTEXT=gone")
		}
		s.refused(`no docker context "gone"`, "docker context ls")
	}
}

// context makes a Docker context in a configuration directory of its own and
// returns the environment that chooses it.
func (s *stack) context(way, endpoint string) []string {
	s.T.Helper()
	dir := filepath.Join(s.Dir, "docker")
	if err := os.MkdirAll(filepath.Join(dir, "cli-plugins"), 0o700); err != nil {
		s.T.Fatal(err)
	}
	var info []struct{ Name, Path string }
	if err := json.Unmarshal([]byte(stacktest.Docker(s.T, "info", "-f", "{{json .ClientInfo.Plugins}}")), &info); err != nil {
		s.T.Fatal(err)
	}
	for _, plugin := range info {
		if err := os.Symlink(plugin.Path, filepath.Join(dir, "cli-plugins", "docker-"+plugin.Name)); err != nil {
			s.T.Fatal(err)
		}
	}
	stacktest.Docker(s.T, "--config", dir, "context", "create", s.Name, "--docker", endpoint)
	if way == "config.json" {
		stacktest.Docker(s.T, "--config", dir, "context", "use", s.Name)
		return []string{"DOCKER_CONFIG=" + dir}
	}
	return []string{"DOCKER_CONFIG=" + dir, "DOCKER_CONTEXT=" + s.Name}
}

// Over the network nobody sees the engine's processes: the table of sockets
// is read in the container, and where that has no cat Docker's own health
// check decides.
func TestOverTheNetworkReadinessIsSeenFromInsideOrBelievedOfDocker(t *testing.T) {
	t.Parallel()
	s := newStack(t, reachable)
	door := s.tlsDoor()
	s.Env = append(s.Env, "DOCKER_HOST=tcp://"+door.address, "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH="+door.certs)
	s.Up(infra.UpOptions{Timeout: 90 * time.Second}).Want(t, failure.OK)
	if db := s.Inspect("db", "{{.State.Health.Status}}"); db != "starting" {
		t.Errorf("db is %s to Docker: this shows nothing of our own probe", db)
	}
	if bare := s.Inspect("bare", "{{.State.Health.Status}}"); bare != "healthy" {
		t.Errorf("bare is %s to Docker, and was believed ready", bare)
	}
}

func TestWithoutAnEngineOneErrorSaysWhere(t *testing.T) {
	t.Parallel()
	mute := stacktest.Listener(t)
	for name, c := range map[string]struct{ host, want string }{
		"no socket":            {"unix:///nowhere.sock", "no Docker engine answers at unix:///nowhere.sock (DOCKER_HOST)"},
		"nobody listens":       {"tcp://127.0.0.1:1", "no Docker engine answers at tcp://127.0.0.1:1 (DOCKER_HOST)"},
		"somebody, but silent": {"tcp://" + mute.Addr().String(), "no answer within 10s"},
		"an unknown host":      {"tcp://nowhere.invalid:2375", "no Docker engine answers at tcp://nowhere.invalid:2375 (DOCKER_HOST)"},
		"no address":           {"nonsense://", "is no address of a Docker engine"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, reachable)
			s.Env = append(s.Env, "DOCKER_HOST="+c.host)
			s.refused(c.want)
		})
	}
}

// A user who may not use the socket is told which group is missing.
func TestWhoMayNotUseTheSocketIsToldOfTheGroup(t *testing.T) {
	t.Parallel()
	s := newStack(t, reachable)
	if os.Geteuid() != 0 {
		t.Fatal("to become somebody else, this test has to be run by root")
	}
	dir, err := os.MkdirTemp("", "sbtest-") //nolint:usetesting // nobody else gets into a test's own directory
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	stacktest.CopyFile(t, filepath.Join(s.Dir, "compose/docker-compose.yml"), filepath.Join(dir, "compose/docker-compose.yml"))
	stacktest.CopyFile(t, stacktest.Binary(t), filepath.Join(dir, "mage"))
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "mage"), "infra:up")
	cmd.Dir, cmd.Env = dir, append(s.Env, "HOME=/nonexistent")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != int(failure.Preflight) {
		t.Errorf("exit code %d", code)
	}
	want := "Error: you may not use the Docker engine at " + s.Client.Endpoint.Host + " (" + s.Client.Endpoint.Origin + ")\n  → sudo usermod -aG docker $USER, then log in again\n"
	if string(out) != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}
