package deploy_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// The script is run in a clone, whose servers are its own.
func TestTheLabsDevelopmentServersComeAndGoWithTheirCheckout(t *testing.T) {
	t.Parallel()
	s := stacktest.New(t, stacktest.Lights)
	s.Clone()
	script := func(args ...string) {
		t.Helper()
		if code, out := s.Exec("scripts/lab/devserver.sh", args...); code != 0 {
			t.Fatalf("scripts/lab/devserver.sh %v: exit code %d\n%s", args, code, out)
		}
	}
	t.Cleanup(func() { script("down") })
	uptime := func(host string) string {
		t.Helper()
		code, out := s.Exec(".spellbook/lab/devserver/bin/ssh", host, "docker version --format '{{.Server.Version}}'; stat -c %z /proc/1")
		if code != 0 {
			t.Fatalf("ssh %s: %s", host, out)
		}
		return out
	}

	script("up", "2")
	first, second := uptime("lab-dev-1"), uptime("lab-dev-2")
	if !strings.HasPrefix(first, "20.10.") || !strings.HasPrefix(second, "26.") {
		t.Errorf("the engines are %q and %q", first, second)
	}
	if env := s.Read("env/.env.lab-dev"); !strings.Contains(env, "\nDEPLOY_HOST=lab-dev-1\n") || !strings.Contains(env, "\nPOSTGRES_IMAGE=lab/postgres:15\n") {
		t.Errorf("env/.env.lab-dev:\n%s", env)
	}
	script("up")
	if again := uptime("lab-dev-1"); again != first {
		t.Errorf("a server was made anew: %s, before that %s", again, first)
	}
	key := s.Read(".spellbook/lab/devserver/lab-dev-1/key.pub")
	script("down")
	if code, out := s.Exec("ls", ".spellbook/lab", "env"); code != 0 || strings.Contains(out, "dev") {
		t.Errorf("left behind:\n%s", out)
	}
	script("up")
	if s.Read(".spellbook/lab/devserver/lab-dev-1/key.pub") == key {
		t.Error("the key is an old one")
	}
}

func TestTheLabsHAProxyIsLaidOutAsTheOfficialImage(t *testing.T) {
	t.Parallel()
	s := stacktest.New(t, stacktest.Lights)
	config := s.File("haproxy.cfg", `
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend web
  bind :80
  http-request return status 200 content-type text/plain string "gateway"
`)
	name := s.Name + "-haproxy"
	stacktest.Docker(t, "create", "--name", name, "--label", "com.docker.compose.project="+s.Name, "lab/haproxy:2.6")
	stacktest.Docker(t, "cp", config, name+":/usr/local/etc/haproxy/haproxy.cfg")
	stacktest.Docker(t, "start", name)
	ip := strings.TrimSpace(stacktest.Docker(t, "inspect", "--format", "{{.NetworkSettings.Networks.bridge.IPAddress}}", name))
	stacktest.Eventually(t, "HAProxy answers", func() bool { return get(t, "http://"+ip) == "gateway" })
	if got := stacktest.Docker(t, "exec", name, "sh", "-c", "id -u; tr '\\0' ' ' </proc/1/cmdline"); !strings.HasPrefix(got, "99\n") || !strings.Contains(got, "-W -db -f /usr/local/etc/haproxy/haproxy.cfg") {
		t.Errorf("user and command are %q", got)
	}
	stacktest.Docker(t, "stop", "--time", "60", name)
	if got := stacktest.Docker(t, "inspect", "--format", "{{.State.ExitCode}}", name); got != "0\n" {
		t.Errorf("it was killed, not stopped: exit code %s", got)
	}
}
