package dev

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/watch"
)

func TestWhatCannotBeWatchedIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		services []string
		code     failure.Code
		says     string
	}{
		"no build section": {[]string{"db"}, failure.Preflight, "none of these services has a build section or develop.watch, so there is nothing to watch\n" +
			"  → mage infra:up starts them; services with a build section: api, page"},
		"an unknown service": {[]string{"apy"}, failure.Usage, `no service "apy"`},
	} {
		r, e := world(t)
		r.Run(watchCall(WatchOptions{Services: c.services})).Want(t, c.code, c.says)
		if e.Asked.Load() > 0 {
			t.Errorf("%s: the engine is asked", name)
		}
	}
	r, _ := world(t)
	r.Write("api/.dockerignore", "[\n")
	r.Run(watchCall(WatchOptions{})).Want(t, failure.Preflight, "api/.dockerignore", "\n  → mend the pattern")
}

// Every file that says what is built or what runs is watched, and what no build
// has in it is not.
func TestWhatIsBuiltAndWhatRunsIsWatched(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("shared/lib.txt", "x")
	r.Write("api/.dockerignore", "*.log\n.dockerignore\n")
	r.Write("compose/docker-compose.backend.yml", "services:\n  api:\n    image: team/api:dev\n    build: {context: ../api, additional_contexts: {shared: ../shared, far: \"https://example.com/far.git\"}}\n"+
		"    env_file: ../own.env\n    configs: [settings]\nconfigs: {settings: {file: ../settings.conf}}\nsecrets: {token: {file: ../token.txt}}\n")
	for _, name := range []string{"own.env", "settings.conf", "token.txt"} {
		r.Write(name, "A=1\n")
	}
	d, _ := watching(t, r, WatchOptions{Services: []string{"api"}})
	short := func(list []string) (names []string) {
		for _, path := range list {
			names = append(names, strings.TrimPrefix(path, r.Dir+"/"))
		}
		return names
	}
	want := []string{".env", "api", "api/Dockerfile", "api/Dockerfile.dockerignore", "compose", "compose/docker-compose.backend.yml", "compose/docker-compose.yml",
		"own.env", "settings.conf", "shared", "token.txt"}
	if got := short(d.world.roots()); !slices.Equal(got, want) {
		t.Errorf("watched\n%q, want\n%q", got, want)
	}
	ignores, err := d.world.ignores()
	if err != nil {
		t.Fatal(err)
	}
	skip := d.world.skip(ignores)
	for name, want := range map[string]bool{"api/a.txt": false, "api/a.log": true, "api/.dockerignore": false, "shared/a.log": false, ".spellbook": true, "compose/new.yml": false, "compose/notes.md": true} {
		if got := skip(filepath.Join(r.Dir, name), name == ".spellbook"); got != want {
			t.Errorf("%s is skipped: %t", name, got)
		}
	}
	settings, ignored := d.world.touched([]string{r.Dir + "/own.env", r.Dir + "/api/a.txt", r.Dir + "/compose/new.yml", r.Dir + "/api/.dockerignore"})
	if !slices.Equal(settings, []string{"own.env", "compose/new.yml"}) || !ignored {
		t.Errorf("touched %q, %t", settings, ignored)
	}
	if _, ignored := d.world.touched([]string{r.Dir + "/api/a.txt"}); ignored {
		t.Error("a source is an ignore file")
	}
}

func batch(r *commandtest.Repository, names ...string) watch.Batch {
	var b watch.Batch
	for _, name := range names {
		b.Paths = append(b.Paths, filepath.Join(r.Dir, name))
	}
	return b
}

func TestAChangeOfSettingsReloadsWhereItMeansSomething(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Tool("docker", append(slices.Clone(refuses), commandtest.Bakes("api"))...)
	d, out := watching(t, r, WatchOptions{Services: []string{"api"}})
	const compose = "compose/docker-compose.backend.yml"
	t.Log("a comment means nothing")
	r.Write(compose, backendCompose+"# more\n")
	if line, ok := d.reload(t.Context(), []string{compose}); line != nil || !ok {
		t.Errorf("got %v, %t", line, ok)
	}
	said(t, out, "")
	t.Log("what cannot be loaded is told, and all goes on as before")
	r.Write(compose, "services: [\n")
	before := d.world
	d.handle(t.Context(), batch(r, compose))
	if text := out.String(); d.world != before || !strings.HasPrefix(text, "12:00:00 stack  compose/docker-compose.backend.yml changed → cannot be loaded, so all goes on as before\nError: compose/docker-compose.backend.yml:") {
		t.Errorf("it says\n%s", text)
	}
	out.Reset()
	t.Log("what means something is told with what comes of it")
	r.Write(compose, strings.Replace(backendCompose, "api}", "api}, environment: {LEVEL: debug}", 1))
	d.handle(t.Context(), batch(r, compose))
	if text := out.String(); d.world == before || !strings.Contains(text, "12:00:00 stack  compose/docker-compose.backend.yml changed → reloaded") ||
		!strings.Contains(text, "12:00:00 api  no image yet → built 0s (0 of 0 steps)") {
		t.Errorf("it says\n%s", text)
	}
}

func TestASourceThatCannotBeBuiltIsToldAndWhatRanGoesOn(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	r.Tool("docker", breaks("api"))
	d, out := watching(t, r, WatchOptions{Services: []string{"api"}})
	d.rebuildAll(t.Context(), nil)
	said(t, out, "12:00:00 api  no image yet → build failed after 0s, the containers go on running as they are\n"+
		"\n✖ api: COPY . / ended with exit code 2\n  at api/Dockerfile:2\n    1 │ FROM scratch\n  > 2 │ COPY . /\n  it printed nothing\n"+
		"  → correct the command, and run the same again: what came before is cached\n")
	if e.Done() != "" || !d.wrong {
		t.Errorf("the engine was told\n%s", e.Done())
	}
	t.Log("sources that cannot even be read")
	r.Remove("api/Dockerfile")
	d.rebuildAll(t.Context(), nil)
	said(t, out, "12:00:00 api  cannot be built → the containers go on running as they are\n"+
		"Error: service api: there is no Dockerfile api/Dockerfile\n  → write it, or correct build.dockerfile in the Compose file, which is relative to build.context\n")
}

func TestWhatIsAsItWasAfterAMistakeIsToldOnce(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	d, out := watching(t, r, WatchOptions{Services: []string{"api"}})
	b := d.building(silent(d.w).Format(false))
	if err := b.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.last["api"], d.ready, d.wrong = b.Records["api"], true, true
	d.rebuildAll(t.Context(), nil)
	said(t, out, "12:00:00 stack  all is as it was, nothing to build\n")
	d.rebuildAll(t.Context(), nil)
	said(t, out, "")
}

// Where something other than the sources was in the way, the next change tries
// again, though it changes nothing that is built.
func TestWhatWasInTheWayIsTriedAgain(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	docker := r.Tool("docker", append(slices.Clone(refuses), commandtest.Bakes("api"))...)
	d, out := watching(t, r, WatchOptions{Services: []string{"api"}})
	d.rebuildAll(t.Context(), nil)
	if text := out.String(); !strings.HasPrefix(text, "12:00:00 api  no image yet → built 0s (0 of 0 steps) → not done\nError: ") || !strings.Contains(text, "Compose is out of order") || !d.behind {
		t.Errorf("it says\n%s", text)
	}
	out.Reset()
	d.rebuildAll(t.Context(), nil)
	if text := out.String(); !strings.HasPrefix(text, "12:00:00 stack  tried again → not done\nError: ") {
		t.Errorf("it says\n%s", text)
	}
	if n := strings.Count(docker.Calls(), "bake"); n != 1 {
		t.Errorf("built %d times", n)
	}
	t.Log("an end by a signal is no mistake")
	out.Reset()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(app.Signalled{Signal: os.Interrupt})
	d.rebuildAll(ctx, nil)
	said(t, out, "")
}

func TestASignalEndsTheStartOfAWatchWithItsCode(t *testing.T) {
	t.Parallel()
	for signal, code := range map[os.Signal]failure.Code{os.Interrupt: failure.Interrupted, syscall.SIGTERM: failure.Terminated, syscall.SIGHUP: failure.HungUp} {
		r, e := world(t)
		signals := make(chan os.Signal, 1)
		signals <- signal
		r.Signals = signals
		r.Run(watchCall(WatchOptions{})).Want(t, code, app.Signalled{Signal: signal}.Error())
		if e.Done() != "" {
			t.Errorf("the engine was told\n%s", e.Done())
		}
	}
}
