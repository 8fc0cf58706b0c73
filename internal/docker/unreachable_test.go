package docker

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/endpoint"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestEngineThatIsNotThereSaysWhatToDo(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the wording is the Linux kernel's")
	}
	dir := t.TempDir()
	dead := filepath.Join(dir, "dead.sock")
	l, err := net.Listen("unix", dead)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = l.Close()
	for _, c := range []struct{ name, host, context, want string }{
		{"no socket", "unix://DIR/none.sock", "", "no Docker engine answers at unix://DIR/none.sock (DOCKER_HOST): no such file or directory\n  → correct DOCKER_HOST, or unset DOCKER_HOST"},
		{"dead socket", "unix://DIR/dead.sock", "", "no Docker engine answers at unix://DIR/dead.sock (DOCKER_HOST)\n  → correct DOCKER_HOST, or unset DOCKER_HOST"},
		{"nobody listens", "tcp://127.0.0.1:1", "", "no Docker engine answers at tcp://127.0.0.1:1 (DOCKER_HOST)\n  → correct DOCKER_HOST, or unset DOCKER_HOST"},
		{"no address", "127.0.0.1:2375", "", "\"127.0.0.1:2375\" is no address of a Docker engine (DOCKER_HOST)\n  → write it like unix:///var/run/docker.sock, tcp://HOST:2376 or ssh://USER@HOST"},
		{"no scheme of ours", "ftp://x", "", "\"ftp://x\" is no address of a Docker engine (DOCKER_HOST)\n  → write it like unix:///var/run/docker.sock, tcp://HOST:2376 or ssh://USER@HOST"},
		{"unknown context", "", "gone", "no docker context \"gone\"\n  → choose one of docker context ls: docker context use default, and unset DOCKER_CONTEXT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := map[string]string{"DOCKER_HOST": strings.ReplaceAll(c.host, "DIR", dir), "DOCKER_CONTEXT": c.context, "DOCKER_CONFIG": dir}
			err := reach(t, func(name string) string { return env[name] })
			if got := strings.ReplaceAll(err.Error(), dir, "DIR"); got != c.want || failure.CodeOf(err) != failure.Preflight {
				t.Errorf("exit code %d\ngot  %s\nwant %s", failure.CodeOf(err), got, c.want)
			}
		})
	}
}

// reach goes the whole way to an engine and returns what stops it.
func reach(t *testing.T, getenv func(string) string) error {
	t.Helper()
	e, err := endpoint.Find(getenv)
	if err != nil {
		return err
	}
	c, err := Open(e, nil)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_, err = c.Info(t.Context())
	if ping := c.Ping(t.Context()); ping == nil || err == nil || ping.Error() != err.Error() {
		t.Errorf("ping says %v, info says %v", ping, err)
	}
	return err
}

func TestSocketOfOthersNamesTheGroup(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("root may use every socket")
	}
	path := filepath.Join(t.TempDir(), "docker.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	c := &Client{Endpoint: endpoint.Endpoint{Host: "unix://" + path, Origin: "default"}}
	if got := c.Unreachable(errors.New("x")).Error(); !strings.Contains(got, "usermod -aG docker") {
		t.Errorf("got %s", got)
	}
}
