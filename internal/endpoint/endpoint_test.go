package endpoint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEndpointsAreFoundAsTheDockerCLIFindsThem(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"ca.pem", "cert.pem", "key.pem", "ca-only/ca.pem"} {
		file(name, "")
	}
	file("current/config.json", `{"currentContext": "gone"}`)
	file("default/config.json", `{"currentContext": "default"}`)
	file("broken/config.json", `{`)
	const all = "ca.pem cert.pem key.pem"
	for _, c := range []struct{ env, want string }{
		{"", "unix:///var/run/docker.sock (default)"},
		{"DOCKER_HOST=unix:///a.sock DOCKER_CONTEXT=gone", "unix:///a.sock (DOCKER_HOST)"},
		{"DOCKER_HOST=ssh://me@there DOCKER_TLS_VERIFY=1", "ssh://me@there (DOCKER_HOST)"},
		{"DOCKER_HOST=unix:///a.sock DOCKER_TLS_VERIFY=1", "unix:///a.sock (DOCKER_HOST)"},
		{"DOCKER_HOST=tcp://h", "tcp://h:2375 (DOCKER_HOST)"},
		{"DOCKER_HOST=tcp://h:1 DOCKER_CERT_PATH=DIR", "tcp://h:1 (DOCKER_HOST)"},
		{"DOCKER_HOST=tcp://h DOCKER_CERT_PATH=DIR DOCKER_TLS_VERIFY=1", "tcp://h:2376 (DOCKER_HOST) " + all},
		{"DOCKER_HOST=tcp://[::1] DOCKER_CONFIG=DIR DOCKER_TLS_VERIFY=1", "tcp://[::1]:2376 (DOCKER_HOST) " + all},
		{"DOCKER_HOST=tcp://h:1 DOCKER_CERT_PATH=DIR DOCKER_TLS=1", "tcp://h:1 (DOCKER_HOST) " + all + " unverified"},
		{"DOCKER_HOST=tcp://h:1 DOCKER_CERT_PATH=DIR/ca-only DOCKER_TLS_VERIFY=1", "tcp://h:1 (DOCKER_HOST) ca-only/ca.pem"},
		{"DOCKER_CERT_PATH=DIR DOCKER_TLS_VERIFY=1", "tcp://localhost:2376 (DOCKER_TLS_VERIFY) " + all},
		{"DOCKER_CONTEXT=default DOCKER_CONFIG=DIR/current", "unix:///var/run/docker.sock (default)"},
		{"DOCKER_CONFIG=DIR/default", "unix:///var/run/docker.sock (default)"},
		{"DOCKER_CONFIG=DIR/broken", "unix:///var/run/docker.sock (default)"},
		{"DOCKER_CONFIG=DIR/current", `no docker context "gone"`},
	} {
		getenv := func(name string) string {
			for _, pair := range strings.Fields(strings.ReplaceAll(c.env, "DIR", dir)) {
				if value, ok := strings.CutPrefix(pair, name+"="); ok {
					return value
				}
			}
			return ""
		}
		e, err := Find(getenv)
		if got := describe(e, err, dir); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.env, got, c.want)
		}
	}
}

func describe(e Endpoint, err error, dir string) string {
	if err != nil {
		text, _, _ := strings.Cut(err.Error(), "\n")
		return text
	}
	text := fmt.Sprintf("%s (%s)", e.Host, e.Origin)
	if e.TLS == nil {
		return text
	}
	for _, file := range []string{e.TLS.CA, e.TLS.Cert, e.TLS.Key} {
		if file != "" {
			text += " " + strings.TrimPrefix(file, dir+"/")
		}
	}
	if e.TLS.SkipVerify {
		text += " unverified"
	}
	return text
}
