package endpoint

import (
	"runtime"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

var schemes = []string{"unix", "tcp", "ssh", "npipe", "http", "https"}

// Check refuses what cannot be an engine's address.
func (e Endpoint) Check() error {
	scheme, rest, found := strings.Cut(e.Host, "://")
	if found && rest != "" && slices.Contains(schemes, scheme) {
		return nil
	}
	return failure.New(failure.Preflight, "%q is no address of a Docker engine (%s)", e.Host, e.Origin).
		WithHint("write it like unix:///var/run/docker.sock, tcp://HOST:2376 or ssh://USER@HOST")
}

// Remedy is what to do about an endpoint that is not the right one.
func (e Endpoint) Remedy() string {
	switch {
	case strings.HasPrefix(e.Host, "ssh://"):
		return "try the same: docker -H " + e.Host + " version"
	case e.TLS != nil && !strings.HasPrefix(e.Origin, "context"):
		return "DOCKER_CERT_PATH must hold the ca.pem, cert.pem and key.pem of this engine"
	case e.Origin == "DOCKER_HOST":
		return "correct DOCKER_HOST, or unset DOCKER_HOST"
	case strings.HasPrefix(e.Origin, "context"):
		return "docker context use default, or look at it with docker context inspect"
	case runtime.GOOS != "linux":
		return "start Docker Desktop"
	}
	return "start it: sudo systemctl start docker, or scripts/quickstart.sh on a machine without one"
}
