package infra_test

import (
	"context"
	"crypto/rand"
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
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// unique makes an image of its own, so that its layers are really fetched.
func unique(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	// A containerd store tells of progress ten times a second, and packs its layers.
	blob := make([]byte, 32<<20)
	_, _ = rand.Read(blob)
	name := "sbtest/" + strings.ToLower(filepath.Base(dir)) + "-" + fmt.Sprint(time.Now().UnixNano())
	if err := os.WriteFile(filepath.Join(dir, "blob"), append(blob, []byte(name)...), 0o600); err != nil {
		t.Fatal(err)
	}
	// Committed, not built: the cache of builds would keep the layer.
	made := strings.TrimSpace(stacktest.Docker(t, "create", "lab/service:1"))
	stacktest.Docker(t, "cp", filepath.Join(dir, "blob"), made+":/blob")
	stacktest.Docker(t, "commit", made, name)
	stacktest.Docker(t, "rm", made)
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", name).Run() })
	return name
}

func TestAMissingImageIsPulledWithItsBytesShown(t *testing.T) {
	t.Parallel()
	image := unique(t)
	ref := stacktest.Published(t, image)
	stacktest.Docker(t, "rmi", image)
	s := newStack(t, "\n  db: {image: \""+ref+"\", "+stacktest.Health+"}\n")
	r := s.Up(infra.UpOptions{}).Want(t, failure.OK)
	if !regexp.MustCompile(`\d [kM]?i?B`).MatchString(r.Err) {
		t.Errorf("no bytes in\n%s", r.Err)
	}
	stacktest.Docker(t, "rm", "-f", s.Name+"-db-1")
	stacktest.Docker(t, "rmi", ref)
	if r := s.Run(func(ctx context.Context, w *app.Run) error { return infra.Pull(ctx, w, nil, false) }); r.Code != failure.OK {
		t.Errorf("infra:pull\n%s", r.All())
	}
	stacktest.Docker(t, "inspect", ref)
}

func TestAnImageThatCannotBePulledTouchesNothing(t *testing.T) {
	t.Parallel()
	address := stacktest.Registry(t)
	port := stacktest.FreePort(t)
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	s := newStack(t, "\n  db: {image: \""+address+"/sbtest/none:1\", "+stacktest.Health+"}\n"+
		fmt.Sprintf("  web: {image: \"lab/service:1\", ports: [\"127.0.0.1:%d:80\"], %s}\n", port, stacktest.Health))
	s.Up(infra.UpOptions{}).Want(t, failure.Preflight).Says(t, "which its registry does not have", fmt.Sprintf("port %d", port), address+"/sbtest/none:1")
	if ids := s.IDs(); len(ids) != 0 {
		t.Errorf("containers were made: %v", ids)
	}
}
