package docker

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/moby/moby/client"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Unreachable explains why the engine did not answer.
func (c *Client) Unreachable(err error) error {
	path, isUnix := strings.CutPrefix(c.Endpoint.Host, "unix://")
	if isUnix && (errors.Is(err, fs.ErrPermission) || denied(path)) {
		return failure.New(failure.Preflight, "you may not use the Docker engine at %s (%s)", c.Endpoint.Host, c.Endpoint.Origin).
			WithHint("sudo usermod -aG docker $USER, then log in again")
	}
	text, remedy := fmt.Sprintf("no Docker engine answers at %s (%s)", c.Endpoint.Host, c.Endpoint.Origin), c.Endpoint.Remedy()
	if c.last.Load() != 0 { // its address is right
		text = fmt.Sprintf("the Docker engine at %s does not answer any more", c.Endpoint.Host)
		remedy = "docker version tells when it is back; then run this again"
	}
	if reason := reason(err); reason != "" {
		text += ": " + reason
	}
	e := failure.New(failure.Preflight, "%s", text).WithHint("%s", remedy)
	e.Cause = errors.Join(ErrNoEngine, err)
	return e
}

// Explain is err, or where that is the engine's silence or end, however the call
// that met it has put it, what Unreachable says of it.
func (c *Client) Explain(err error) error {
	var told *failure.Error
	if !IsLost(err) || errors.As(err, &told) && told.Code != failure.Unexpected {
		return err
	}
	return c.Unreachable(err)
}

// explain wraps an error of the engine as "verb noun", and says what to do
// where it did not answer or does not talk our version.
func (c *Client) explain(what string, err error) error {
	switch {
	case client.IsErrConnectionFailed(err):
		return c.Unreachable(err)
	case strings.Contains(err.Error(), "is too new"): // only who asks for it gets a newer one
		return failure.New(failure.Preflight, "%s: %w", what, err).WithHint("unset DOCKER_API_VERSION")
	case strings.Contains(err.Error(), "is too old"):
		return failure.New(failure.Preflight, "%s: %w", what, err).WithHint("unset DOCKER_API_VERSION, or install Docker 19.03 or later")
	}
	return fmt.Errorf("%s: %w", what, err)
}

func denied(path string) bool {
	_, err := os.Stat(path)
	if err != nil {
		return errors.Is(err, fs.ErrPermission)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		_ = conn.Close()
	}
	return errors.Is(err, syscall.EACCES)
}

// reason is what the client's words leave over once address and remedies,
// which repeat ours, are taken off.
func reason(err error) string {
	if late := new(unanswered); errors.As(err, &late) {
		return late.Error()
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	if strings.HasPrefix(text, "Cannot connect to the Docker daemon") {
		return ""
	}
	for _, whole := range []string{"ssh: ", "tls: ", "x509: "} {
		if i := strings.Index(text, whole); i >= 0 {
			return text[i:]
		}
	}
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return text
}
