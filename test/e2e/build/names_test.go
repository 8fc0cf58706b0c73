package build_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// pushBase puts a base image with a file f into the builder's registry.
func (s *builderStack) pushBase(content string) (ref string) {
	s.T.Helper()
	ref = s.builder.Registry + "/" + s.Image + "-base:1"
	dir := s.T.TempDir()
	for name, text := range map[string]string{"f": content, "Dockerfile": copies} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			s.T.Fatal(err)
		}
	}
	stacktest.Docker(s.T, "buildx", "build", "-q", "--builder", "default", "--output", "type=docker", "-t", ref, dir)
	stacktest.Docker(s.T, "push", "-q", ref)
	stacktest.Docker(s.T, "rmi", ref)
	return ref
}

func TestABuildThatPullsAsksForItsBaseEachTime(t *testing.T) {
	t.Parallel()
	s := newBuilderStack(t, labBuilder(t), "", "pull: true")
	s.File("apps/backend/Dockerfile", "FROM "+s.pushBase("older")+"\nCOPY Dockerfile /\n")
	s.holds("older", build.Options{})
	s.pushBase("newer")
	s.holds("newer", build.Options{})
}

func TestAnImageThatComposeBuiltOfANewerBaseIsNotReplacedByAnOlderOne(t *testing.T) {
	t.Parallel()
	s := newBuilderStack(t, labBuilder(t), "", "")
	s.File("apps/backend/Dockerfile", "FROM "+s.pushBase("older")+"\nCOPY Dockerfile /\n")
	s.holds("older", build.Options{})
	s.pushBase("newer")
	s.plainCompose()
	s.stillHolds("newer")
	s.holds("newer", build.Options{})

	t.Log("and what is then built has the key of the newer base")
	key := s.tells("RepoTags")
	s.removeImages()
	s.holds("newer", build.Options{})
	if again := s.tells("RepoTags"); again != key {
		t.Errorf("names %s, then %s", key, again)
	}
}

func TestANameThatComposeGaveAwayIsBuiltAnewAndNotTakenBack(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, b builder) {
		s := newBuilderStack(t, b, copies, "")
		f := s.File("apps/backend/f", "one")
		s.build(build.Options{})
		touched(t, f)
		s.plainCompose()
		s.holds("one", build.Options{}).Says(t, "was built by something else")
		s.holds("one", build.Options{}).Says(t, "nothing to build")
	})
}

// stopper cancels when a text goes by.
type stopper struct {
	mu     sync.Mutex
	text   string
	seen   bytes.Buffer
	cancel context.CancelFunc
}

func (s *stopper) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen.Write(p)
	if strings.Contains(s.seen.String(), s.text) {
		s.cancel()
	}
	return len(p), nil
}

func TestAfterAnInterruptedBuildFilesOfTheSameSizeAndTimeAreSent(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, b builder) {
		s := newBuilderStack(t, b, copies, "")
		f := s.File("apps/backend/f", "one")
		s.holds("one", build.Options{})
		s.File("apps/backend/f", "two")
		s.File("apps/backend/Dockerfile", "FROM "+b.base()+"\nCOPY f /\nRUN echo begun; sleep 600\n")
		r := s.Run(func(ctx context.Context, w *app.Run) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			w.Err = &stopper{text: "RUN echo begun", cancel: cancel}
			return build.Build(ctx, w, build.Options{})
		})
		if r.Failed == nil {
			t.Fatal("the build was not interrupted")
		}
		s.File("apps/backend/Dockerfile", copies)
		unseen(t, f, "six")
		s.holds("six", build.Options{})
	})
}
