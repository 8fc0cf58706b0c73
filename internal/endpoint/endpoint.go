// Package endpoint finds where the Docker engine is, by the Docker CLI's own rules:
// variables, contexts, TLS. It talks to none.
package endpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/url"
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
	// APIVersion is the version to talk; "" agrees on one with the engine.
	APIVersion string
}

// Find is where getenv's variables say that the engine is, and which
// version of the API they ask for.
func Find(getenv func(string) string) (Endpoint, error) {
	e, err := findHost(getenv)
	e.APIVersion = getenv("DOCKER_API_VERSION")
	return e, err
}

// findHost follows the Docker CLI's own order: DOCKER_HOST, then
// DOCKER_CONTEXT, then the current context of config.json, then the default.
// Source: docker/cli, cli/command/cli.go resolveContextName.
func findHost(getenv func(string) string) (Endpoint, error) {
	secured := envTLS(getenv)
	if host := getenv("DOCKER_HOST"); host != "" {
		return Endpoint{Host: withPort(host, secured != nil), Origin: "DOCKER_HOST", TLS: secured.over(host)}, nil
	}
	dir := ConfigDir(getenv)
	name := getenv("DOCKER_CONTEXT")
	if name == "" {
		name = currentContext(dir)
	}
	switch {
	case name != "" && name != "default":
		return readContext(dir, name)
	case secured != nil:
		return Endpoint{Host: withPort("tcp://localhost", true), Origin: "DOCKER_TLS_VERIFY", TLS: secured}, nil
	}
	return Endpoint{Host: client.DefaultDockerHost, Origin: "default"}, nil
}

// withPort adds the engine's own port to a tcp address without one. Source:
// docker/cli, opts/hosts.go ParseHost.
func withPort(host string, secured bool) string {
	u, err := url.Parse(host)
	if err != nil || u.Scheme != "tcp" || u.Hostname() == "" || u.Port() != "" {
		return host
	}
	port := "2375"
	if secured {
		port = "2376"
	}
	u.Host = net.JoinHostPort(u.Hostname(), port)
	return u.String()
}

// ConfigDir is where the Docker CLI keeps its settings and contexts.
func ConfigDir(getenv func(string) string) string {
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
		Endpoints map[string]struct {
			Host          string
			SkipTLSVerify bool
		}
	}
	if err := json.Unmarshal(data, &meta); err != nil {
		return Endpoint{}, failure.New(failure.Preflight, "docker context %q: %w", name, err).WithHint("docker context ls")
	}
	to := meta.Endpoints["docker"]
	secured := contextTLS(filepath.Join(dir, "contexts", "tls", id, "docker"), to.SkipTLSVerify)
	return Endpoint{Host: withPort(to.Host, secured != nil), Origin: `context "` + name + `"`, TLS: secured.over(to.Host)}, nil
}
