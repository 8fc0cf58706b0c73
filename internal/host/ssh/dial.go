// Package ssh runs things on other machines through the user's own ssh
// command, so that its configuration, agent and known hosts hold. A Dialer opens
// streams to an engine; a Server is one connection for everything that a
// deployment does. It imports host and failure.
package ssh

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"strings"
)

// entrances is how many may sign in at once: sshd begins to turn away those
// that it does not know yet at ten (MaxStartups of sshd_config).
const entrances = 5

// Dialer opens streams to the Docker engine behind ssh://[user@]host[:port],
// as the Docker CLI does: `ssh … docker system dial-stdio`. The command has
// the variables of environ and is looked up in its PATH. It has no terminal:
// what it would ask for there is an error, with ssh's own words. Streams that
// are open together share connections, and the last one to be closed ends them.
func Dialer(environ []string) func(ctx context.Context, endpoint string) (net.Conn, error) {
	doors, shared := make(chan struct{}, entrances), &masters{}
	return func(ctx context.Context, endpoint string) (net.Conn, error) {
		argv, err := dialArgv(endpoint)
		if err != nil {
			return nil, err
		}
		cmd, err := command(argv, environ)
		if err != nil {
			return nil, fmt.Errorf("ssh is not installed: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case doors <- struct{}{}:
		}
		c, err := dial(ctx, cmd, shared, func() { <-doors })
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}

// dial starts a stream. It outlives the request that opened it, so ctx does not
// end the command; Close does. inside is called once, when the next may sign in.
func dial(ctx context.Context, cmd *exec.Cmd, shared *masters, inside func()) (*conn, error) {
	m, free, err := shared.join(ctx, cmd)
	if err != nil {
		inside()
		return nil, err
	}
	takes := entry
	if m != nil {
		m.through(cmd)
		takes = sharedEntry
	}
	c, err := start(cmd, takes, inside)
	if err != nil {
		free()
		return nil, fmt.Errorf("run ssh: %w", err)
	}
	c.free = free
	return c, nil
}

// dialArgv refuses hosts that ssh would take for options. A server that falls
// silent is given up after 45 seconds, and one that does not answer after 15.
func dialArgv(endpoint string) ([]string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("ssh endpoint: %w", err)
	}
	host := u.Hostname()
	if host == "" || host[0] == '-' || (u.User.Username() != "" && u.User.Username()[0] == '-') {
		return nil, fmt.Errorf("ssh endpoint %q: no host", endpoint)
	}
	if strings.ContainsFunc(u.Path, func(r rune) bool { return !plain(r) }) {
		return nil, fmt.Errorf("ssh endpoint %q: the shell of the server would read more than a path", endpoint)
	}
	argv := []string{"ssh", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15", "-T"}
	if name := u.User.Username(); name != "" {
		argv = append(argv, "-l", name)
	}
	if port := u.Port(); port != "" {
		argv = append(argv, "-p", port)
	}
	argv = append(argv, "--", host, "docker")
	if u.Path != "" && u.Path != "/" {
		argv = append(argv, "--host=unix://"+u.Path)
	}
	return append(argv, "system", "dial-stdio"), nil
}

// plain characters mean nothing to any shell.
func plain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-", r)
}
