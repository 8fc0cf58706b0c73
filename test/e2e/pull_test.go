package e2e_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// registry serves a real image registry (Debian's docker-registry) on loopback,
// which the engine trusts without TLS, and returns its address.
func registry(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("docker-registry")
	if err != nil {
		t.Fatalf("this test needs Debian's package docker-registry: %v", err)
	}
	dir, address := t.TempDir(), fmt.Sprintf("127.0.0.1:%d", freePort(t))
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
	eventually(t, "the registry answers", 10*time.Second, func() bool {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return address
}

// published pushes an image to the registry under a name that the engine then
// no longer has.
func published(t *testing.T, image string) string {
	t.Helper()
	ref := registry(t) + "/sbtest/" + filepath.Base(strings.ReplaceAll(image, ":", "-")) + ":1"
	cli(t, "tag", image, ref)
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", ref).Run() })
	cli(t, "push", "-q", ref)
	cli(t, "rmi", ref)
	return ref
}

// unique makes an image of its own, so that its layers are really fetched.
func unique(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	blob := make([]byte, 4<<20)
	for i := range blob {
		blob[i] = byte(i * i >> 7)
	}
	name := "sbtest/" + strings.ToLower(filepath.Base(dir)) + "-" + fmt.Sprint(time.Now().UnixNano())
	if err := os.WriteFile(filepath.Join(dir, "blob"), append(blob, []byte(name)...), 0o600); err != nil {
		t.Fatal(err)
	}
	// Committed, not built: the cache of builds would keep the layer.
	made := strings.TrimSpace(cli(t, "create", "lab/service:1"))
	cli(t, "cp", filepath.Join(dir, "blob"), made+":/blob")
	cli(t, "commit", made, name)
	cli(t, "rm", made)
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", name).Run() })
	return name
}

func TestAMissingImageIsPulledWithItsBytesShown(t *testing.T) {
	t.Parallel()
	image := unique(t)
	ref := published(t, image)
	cli(t, "rmi", image)
	s := newStack(t, "\n  db: {image: \""+ref+"\", "+health+"}\n")
	r := s.up(infra.UpOptions{}).want(t, failure.OK)
	if !regexp.MustCompile(`\d [kM]?i?B`).MatchString(r.err) {
		t.Errorf("no bytes in\n%s", r.err)
	}
	cli(t, "rm", "-f", s.name+"-db-1")
	cli(t, "rmi", ref)
	if r := s.run(func(ctx context.Context, w *app.Run) error { return infra.Pull(ctx, w, nil, false) }); r.code != failure.OK {
		t.Errorf("infra:pull\n%s", r.all())
	}
	cli(t, "inspect", ref)
}

func TestAnImageThatCannotBePulledTouchesNothing(t *testing.T) {
	t.Parallel()
	address := registry(t)
	port := freePort(t)
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	s := newStack(t, "\n  db: {image: \""+address+"/sbtest/none:1\", "+health+"}\n"+
		fmt.Sprintf("  web: {image: \"lab/service:1\", ports: [\"127.0.0.1:%d:80\"], %s}\n", port, health))
	r := s.up(infra.UpOptions{}).want(t, failure.Preflight)
	if !strings.Contains(r.all(), "which its registry does not have") || !strings.Contains(r.all(), fmt.Sprintf("port %d", port)) {
		t.Errorf("the image and the port are not told together:\n%s", r.all())
	}
	s.t.Log(r.all())
	if !strings.Contains(r.failed.Error(), address+"/sbtest/none:1") {
		t.Errorf("the image is not named:\n%s", r.all())
	}
	if ids := s.ids(); len(ids) != 0 {
		t.Errorf("containers were made: %v", ids)
	}
}
