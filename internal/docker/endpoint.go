package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/moby/client"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Endpoint is where an engine is found, and who said so.
type Endpoint struct {
	Host   string // unix:///…, tcp://…, ssh://…
	Origin string // "DOCKER_HOST", `context "x"`, "default"
	TLS    *TLS
}

// TLS names the files of a mutual TLS endpoint.
type TLS struct{ CA, Cert, Key string }

// FindEndpoint follows the Docker CLI's own order: DOCKER_HOST, then
// DOCKER_CONTEXT, then the current context of config.json, then the default.
// Source: docker/cli, cli/command/cli.go resolveContextName.
func FindEndpoint(getenv func(string) string) (Endpoint, error) {
	if host := getenv("DOCKER_HOST"); host != "" {
		return Endpoint{Host: host, Origin: "DOCKER_HOST", TLS: envTLS(getenv)}, nil
	}
	dir := configDir(getenv)
	name := getenv("DOCKER_CONTEXT")
	if name == "" {
		name = currentContext(dir)
	}
	if name == "" || name == "default" {
		return Endpoint{Host: client.DefaultDockerHost, Origin: "default"}, nil
	}
	return readContext(dir, name)
}

func envTLS(getenv func(string) string) *TLS {
	dir := getenv("DOCKER_CERT_PATH")
	if dir == "" {
		return nil
	}
	return &TLS{CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
}

func configDir(getenv func(string) string) string {
	if dir := getenv("DOCKER_CONFIG"); dir != "" {
		return dir
	}
	home := getenv("HOME")
	if home == "" {
		home, _ = os.UserHomeDir()
	}
	return filepath.Join(home, ".docker")
}

func currentContext(dir string) string {
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		return ""
	}
	var config struct{ CurrentContext string }
	_ = json.Unmarshal(data, &config)
	return config.CurrentContext
}

// readContext reads one context of the CLI's store, whose directories are
// named by the SHA-256 of the context's name.
func readContext(dir, name string) (Endpoint, error) {
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	data, err := os.ReadFile(filepath.Join(dir, "contexts", "meta", id, "meta.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return Endpoint{}, failure.New(failure.Preflight, "no docker context %q", name).
			WithHint("choose one of docker context ls: docker context use default, and unset DOCKER_CONTEXT")
	}
	if err != nil {
		return Endpoint{}, failure.New(failure.Preflight, "docker context %q: %w", name, err).WithHint("docker context ls")
	}
	var meta struct {
		Endpoints map[string]struct{ Host string }
	}
	if err := json.Unmarshal(data, &meta); err != nil {
		return Endpoint{}, failure.New(failure.Preflight, "docker context %q: %w", name, err).WithHint("docker context ls")
	}
	e := Endpoint{Host: meta.Endpoints["docker"].Host, Origin: `context "` + name + `"`}
	e.TLS = contextTLS(filepath.Join(dir, "contexts", "tls", id, "docker"))
	return e, nil
}

func contextTLS(dir string) *TLS {
	t := &TLS{CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	if _, err := os.Stat(t.Cert); err != nil {
		return nil
	}
	return t
}
