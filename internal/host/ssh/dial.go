// Package ssh runs things on other machines through the user's own ssh
// command, so that its configuration, agent and known hosts hold. It imports
// nothing of Spellbook.
package ssh

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os/exec"
	"time"
)

// Dial opens a stream to the Docker engine behind ssh://[user@]host[:port], as
// the Docker CLI does: `ssh … docker system dial-stdio`.
func Dial(ctx context.Context, endpoint string) (net.Conn, error) {
	argv, err := dialArgv(endpoint)
	if err != nil {
		return nil, err
	}
	// The connection outlives the request that opened it, so ctx does not end
	// the command; Close does.
	cmd := exec.Command(argv[0], argv[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("run ssh: %w", err)
	}
	return &conn{ReadCloser: out, in: in, cmd: cmd}, ctx.Err()
}

// dialArgv refuses hosts that ssh would take for options.
func dialArgv(endpoint string) ([]string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("ssh endpoint: %w", err)
	}
	host := u.Hostname()
	if host == "" || host[0] == '-' {
		return nil, fmt.Errorf("ssh endpoint %q: no host", endpoint)
	}
	argv := []string{"ssh", "-o", "ConnectTimeout=30", "-T"}
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

// conn is the pair of pipes of an ssh command as a net.Conn.
type conn struct {
	io.ReadCloser
	in  io.WriteCloser
	cmd *exec.Cmd
}

func (c *conn) Write(b []byte) (int, error) { return c.in.Write(b) }

// CloseWrite ends the input, as the engine's hijacked streams need.
func (c *conn) CloseWrite() error { return c.in.Close() }

// Close ends the command.
func (c *conn) Close() error {
	_ = c.in.Close()
	_ = c.ReadCloser.Close()
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	return nil
}

type addr struct{}

func (addr) Network() string { return "ssh" }
func (addr) String() string  { return "ssh" }

func (c *conn) LocalAddr() net.Addr              { return addr{} }
func (c *conn) RemoteAddr() net.Addr             { return addr{} }
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
