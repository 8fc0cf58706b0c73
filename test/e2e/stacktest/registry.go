package stacktest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FreePort is a port that nobody had a moment ago.
func FreePort(t *testing.T) int {
	t.Helper()
	l := Listener(t)
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// Listener is a port of its own that nobody answers at.
func Listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// Registry serves a real image registry (Debian's docker-registry) on loopback,
// which the engine trusts without TLS, and returns its address.
func Registry(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("docker-registry")
	if err != nil {
		t.Fatalf("this test needs Debian's package docker-registry: %v", err)
	}
	dir, address := t.TempDir(), fmt.Sprintf("127.0.0.1:%d", FreePort(t))
	config := filepath.Join(dir, "config.yml")
	text := fmt.Sprintf("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %q}\n", dir, address)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "serve", config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	Eventually(t, "the registry answers", func() bool {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return address
}

// Published pushes an image to the registry under a name that the engine then
// no longer has.
func Published(t *testing.T, image string) string {
	t.Helper()
	ref := Registry(t) + "/sbtest/" + filepath.Base(strings.ReplaceAll(image, ":", "-")) + ":1"
	Docker(t, "tag", image, ref)
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", ref).Run() })
	Docker(t, "push", "-q", ref)
	Docker(t, "rmi", ref)
	return ref
}
