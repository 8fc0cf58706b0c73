package build_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// onBothBuilders runs a test on the engine's own BuildKit and on a current one.
func onBothBuilders(t *testing.T, test func(t *testing.T, b builder)) {
	t.Parallel()
	for name, b := range map[string]func(*testing.T) builder{"the engine's": func(*testing.T) builder { return ownBuilder() }, "a current one": labBuilder} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, b(t)) })
	}
}

// unseen gives a file other content without its size and mtime showing it, as tar
// or rsync -t may.
func unseen(t *testing.T, path, content string) {
	t.Helper()
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if before.Size() != int64(len(content)) {
		t.Fatalf("%s has %d bytes, and %q has not", path, before.Size(), content)
	}
	if err := os.WriteFile(path, []byte(content), before.Mode()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, before.ModTime(), before.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// holds builds, and fails the test unless the image has that content in /f.
func (s *builderStack) holds(want string, o build.Options) stacktest.Result {
	s.T.Helper()
	r := s.build(o)
	s.stillHolds(want)
	return r
}

func (s *builderStack) stillHolds(want string) {
	s.T.Helper()
	if got := s.content("/f"); got != want {
		s.T.Errorf("the image holds %q, want %q", got, want)
	}
}

// plainCompose runs docker compose build, with the base name of the context that
// everybody else's context has too.
func (s *builderStack) plainCompose() string {
	s.T.Helper()
	return s.Compose("-f", filepath.Join(s.Dir, "compose/docker-compose.backend.yml"), "build", "-q", "app")
}

const copies = "FROM scratch\nCOPY . /\n"

func TestAFileOfTheSameSizeAndTimeIsInTheImageAsItIs(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, b builder) {
		s := newBuilderStack(t, b, copies, "")
		f := s.File("apps/backend/f", "old")
		s.holds("old", build.Options{})
		unseen(t, f, "new")
		s.holds("new", build.Options{})

		t.Log("back and forth, by images that are there and by ones that are not")
		unseen(t, f, "old")
		s.holds("old", build.Options{})
		s.removeImages()
		s.holds("old", build.Options{})
		s.removeImages()
		unseen(t, f, "new")
		s.holds("new", build.Options{})
	})
}

func TestADockerfileOfTheSameSizeAndTimeIsTheOneThatIsBuilt(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, b builder) {
		s := newBuilderStack(t, b, "FROM scratch\nCOPY a /f\n", "")
		s.File("apps/backend/a", "a")
		s.File("apps/backend/b", "b")
		s.holds("a", build.Options{})
		unseen(t, filepath.Join(s.Dir, "apps/backend/Dockerfile"), "FROM scratch\nCOPY b /f\n")
		s.holds("b", build.Options{})
	})
}

func TestAnIgnoreFileOfTheSameSizeAndTimeIsTheOneThatCounts(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, b builder) {
		for _, name := range []string{".dockerignore", "Dockerfile.dockerignore"} {
			s := newBuilderStack(t, b, "FROM scratch\nCOPY * /\n", "")
			ignore := s.File("apps/backend/"+name, "*\n!x\n!a\n")
			s.File("apps/backend/x", "always")
			s.File("apps/backend/f", "wanted")
			s.build(build.Options{})
			unseen(t, ignore, "*\n!x\n!f\n")
			s.holds("wanted", build.Options{})
		}
	})
}

func TestADirectorysModeIsThatOfTheContext(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, b builder) {
		s := newBuilderStack(t, b, copies, "")
		s.File("apps/backend/d/f", "x")
		s.build(build.Options{})
		if err := os.Chmod(filepath.Join(s.Dir, "apps/backend/d"), 0o700); err != nil {
			t.Fatal(err)
		}
		s.build(build.Options{})
		if mode := s.mode("/d"); mode != os.ModeDir|0o700 {
			t.Errorf("the directory has mode %v", mode)
		}
	})
}

// mode is that of a directory in the image.
func (s *builderStack) mode(path string) os.FileMode {
	s.T.Helper()
	id := strings.TrimSpace(stacktest.Docker(s.T, "create", s.Image+":dev", "none"))
	defer stacktest.Docker(s.T, "rm", id)
	to := filepath.Join(s.T.TempDir(), "copy")
	stacktest.Docker(s.T, "cp", id+":"+path, to)
	info, err := os.Stat(to)
	if err != nil {
		s.T.Fatal(err)
	}
	return info.Mode()
}

func TestAnAdditionalContextsFileOfTheSameSizeAndTimeIsInTheImageAsItIs(t *testing.T) {
	t.Parallel()
	s := newBuilderStack(t, labBuilder(t), "FROM scratch\nCOPY --from=more . /\n", "additional_contexts: {more: ../more}")
	f := s.File("more/f", "old")
	s.holds("old", build.Options{})
	unseen(t, f, "new")
	s.holds("new", build.Options{})
}

func TestContextsOfTheSameLastPathElementShareNoFiles(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, b builder) {
		s := newBuilderStack(t, b, copies, "")
		old := time.Unix(1_700_000_000, 0)
		text := "services:\n"
		for _, name := range []string{"x", "y"} {
			s.File(name+"/ctx/Dockerfile", copies)
			if err := os.Chtimes(s.File(name+"/ctx/f", "from-"+name), old, old); err != nil {
				t.Fatal(err)
			}
			text += "  " + name + ": {image: " + s.Image + ":" + name + ", build: ../" + name + "/ctx}\n"
		}
		s.File("compose/docker-compose.backend.yml", text)
		s.build(build.Options{})
		for _, name := range []string{"x", "y"} {
			stacktest.Docker(t, "tag", s.Image+":"+name, s.Image+":dev")
			s.stillHolds("from-" + name)
		}
	})
}

// Of linked builds bake sends a directory that several use but once, under the
// key of any of them.
func TestLinkedBuildsShareNoFilesByTheirTimes(t *testing.T) {
	t.Parallel()
	s := newBuilderStack(t, labBuilder(t), "FROM scratch\nCOPY --from=base /f /base\nCOPY --from=more . /\n",
		"additional_contexts: {base: \"service:base\", more: ../x/ctx}\ndockerfile: ../../files/Dockerfile")
	s.File("files/Dockerfile", "FROM scratch\nCOPY --from=base /f /base\nCOPY --from=more . /\nCOPY f /own\n")
	s.File("files/base.Dockerfile", "FROM scratch\nCOPY . /\n")
	path := filepath.Join(s.Dir, "compose/docker-compose.backend.yml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s.File("compose/docker-compose.backend.yml", string(text)+"  base:\n    image: "+s.Image+":base\n    build: {context: ../x/ctx, dockerfile: ../../files/base.Dockerfile}\n")
	old := time.Unix(1_700_000_000, 0)
	round := func(x, own string) {
		for path, content := range map[string]string{"x/ctx/f": x, "apps/backend/f": own} {
			if err := os.Chtimes(s.File(path, content), old, old); err != nil {
				t.Fatal(err)
			}
		}
		s.holds(x, build.Options{})
		if base, mine := s.content("/base"), s.content("/own"); base != x || mine != own {
			t.Errorf("the image has %q of the other build and %q of its own, want %q and %q", base, mine, x, own)
		}
	}
	round("1", "2")
	round("3", "2")
	round("2", "1")
}

func TestWhatIsRememberedElsewhereNeverCounts(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, b builder) {
		s := newBuilderStack(t, b, copies, "")
		f := s.File("apps/backend/f", "one")
		s.plainCompose()
		unseen(t, f, "two")
		s.holds("two", build.Options{})

		t.Log("nor where all that we remember was removed")
		if err := os.RemoveAll(filepath.Join(s.Dir, ".spellbook")); err != nil {
			t.Fatal(err)
		}
		s.removeImages()
		unseen(t, f, "six")
		s.holds("six", build.Options{})

		t.Log("nor after a build that failed")
		s.File("apps/backend/Dockerfile", copies+"COPY missing /\n")
		unseen(t, f, "ten")
		s.Run(s.backend(build.Options{})).Want(t, failure.Preflight)
		s.File("apps/backend/Dockerfile", copies)
		unseen(t, f, "two")
		s.removeImages()
		s.holds("two", build.Options{})
	})
}

// An older Spellbook may have given a key to an image of older content.
func TestForceMakesAnImageRightThatIsNotOfItsKey(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, b builder) {
		s := newBuilderStack(t, b, copies, "")
		f := s.File("apps/backend/f", "old")
		s.build(build.Options{})
		wrong := s.tells("Id")
		unseen(t, f, "new")
		s.build(build.Options{})
		for _, name := range strings.Fields(strings.Trim(strings.ReplaceAll(s.tells("RepoTags"), ",", " "), "[]")) {
			stacktest.Docker(t, "tag", strings.Trim(wrong, `"`), strings.Trim(name, `"`))
		}
		s.stillHolds("old")
		s.holds("new", build.Options{Force: true})
	})
}

// backend is build:backend.
func (s *builderStack) backend(o build.Options) func(context.Context, *app.Run) error {
	return func(ctx context.Context, w *app.Run) error { return build.Build(ctx, w, o) }
}
