package load

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
)

func TestTheComposePluginIsAskedForItsVersionOncePerPlugin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	write("bin/docker", "#!/bin/sh\necho asked >>"+dir+"/asked\ncat "+dir+"/says\n")
	write(".docker/cli-plugins/docker-compose", "1")
	write("says", "5.0.0\n")
	environ := []string{"PATH=" + filepath.Join(dir, "bin") + ":/usr/bin:/bin", "HOME=" + dir}
	now := time.Now().Add(time.Hour)
	w := &app.Run{Dir: dir, Environ: environ, Now: func() time.Time { return now }}
	client, err := Dial([]string{"DOCKER_HOST=unix:///nobody"})
	if err != nil {
		t.Fatal(err)
	}
	s := &Session{Run: w, Client: client, Environ: environ}
	want := func(said string, times int) {
		t.Helper()
		got, err := ComposeVersion(t.Context(), s, []string{"docker", "compose", "version", "--short"})
		asked, _ := os.ReadFile(filepath.Join(dir, "asked"))
		if n := strings.Count(string(asked), "\n"); err != nil || strings.TrimSpace(got) != said || n != times {
			t.Errorf("got %q, %v, asked %d times; want %q, %d", got, err, n, said, times)
		}
	}
	want("5.0.0", 1)
	write("says", "5.1.0\n")
	want("5.0.0", 1)
	write(".docker/cli-plugins/docker-compose", "22")
	want("5.1.0", 2)
	want("5.1.0", 2)
	write("bin/docker", "#!/bin/sh\necho asked >>"+dir+"/asked\necho 6.0.0\n")
	want("6.0.0", 3)
	want("6.0.0", 3)
	now = time.Now().Add(-time.Hour) // whoever replaces it now may do so without a trace
	write(".docker/cli-plugins/docker-compose", "333")
	want("6.0.0", 4)
	want("6.0.0", 5)
	now = time.Now().Add(time.Hour)
	write(".docker/config.json", `{"cliPluginsExtraDirs": ["/elsewhere"]}`)
	want("6.0.0", 6)
	want("6.0.0", 7)
}
