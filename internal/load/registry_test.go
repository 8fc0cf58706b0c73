package load

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
)

// The registry is asked itself, and the builder where it is not reached; one that does not
// answer just now is not asked in other words, which would come to another key.
func TestAConfigurationIsTheRegistrysElseTheBuilders(t *testing.T) {
	t.Parallel()
	const pushed, told = `{"os":"linux","config":{"OnBuild":["ADD a /"]}}`, `{"os":"linux","config":{}}`
	sum := sha256.Sum256([]byte(pushed))
	of := "sha256:" + hex.EncodeToString(sum[:])
	registry := func(status int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/blobs/"+of) {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(pushed))
			}
		}))
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	for name, c := range map[string]struct {
		address, want string
		builder       bool // is asked
	}{
		"it gives it":               {registry(http.StatusOK), pushed, false},
		"it does not have it":       {registry(http.StatusNotFound), told, true},
		"it is not reached":         {"127.0.0.1:1", told, true},
		"it does not answer so now": {registry(http.StatusTooManyRequests), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			text := "#!/bin/sh\necho \"$*\" >>" + dir + "/asked\nprintf '%s' '" + told + "'\n"
			if err := os.WriteFile(filepath.Join(dir, "script"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			// By another process: a child of a test beside this one may hold what this one writes to.
			if out, err := exec.CommandContext(t.Context(), "install", "-m", "755", filepath.Join(dir, "script"), filepath.Join(dir, "docker")).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			environ := []string{"PATH=" + dir + ":/usr/bin:/bin", "HOME=" + dir}
			client, err := Dial([]string{"DOCKER_HOST=unix:///nobody"})
			if err != nil {
				t.Fatal(err)
			}
			s := &Session{Run: &app.Run{Dir: dir, Environ: environ}, Client: client, Environ: environ}
			got, err := s.PublishedConfig(t.Context(), c.address+"/base@"+of, of)
			if string(got) != c.want || (err == nil) != (c.want != "") {
				t.Errorf("%q, %v", got, err)
			}
			asked, missing := os.ReadFile(filepath.Join(dir, "asked"))
			if builder := !errors.Is(missing, os.ErrNotExist); builder != c.builder || builder && !strings.Contains(string(asked), "imagetools inspect --format {{json .Image}} -- "+c.address+"/base@"+of) {
				t.Errorf("the builder is asked %q", asked)
			}
		})
	}
}
