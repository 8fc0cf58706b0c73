package build_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/build"
)

// committed is the time of the tests' commit: 2024-01-02T03:04:05Z.
const committed = "1704164645"

// reproducible is a Dockerfile of two stages, as the sample backend has.
const reproducible = "FROM BASE AS build\nCOPY source /source\nRUN cp /source /program && chmod 0555 /program && touch -d @0 /program\n" +
	"FROM scratch\nCOPY --from=build /program /program\n"

// newCommit is a Git repository with one commit, which is built without a cache.
func newCommit(t *testing.T, b builder, dockerfile string) (s *builderStack, source string) {
	t.Helper()
	s = newBuilderStack(t, b, dockerfile, "no_cache: true")
	source = s.File("apps/backend/source", "text")
	s.File(".gitignore", "/.spellbook/\n")
	s.commit(committed)
	return s, source
}

// touched gives a file another time.
func touched(t *testing.T, path string) {
	t.Helper()
	now := time.Now()
	if err := os.Chtimes(path, now, now); err != nil {
		t.Fatal(err)
	}
}

func TestTwoCleanBuildsOfACommitAreTheSameImage(t *testing.T) {
	t.Parallel()
	s, source := newCommit(t, labBuilder(t), reproducible+"COPY source /\nWORKDIR /work\n")
	first, layers := s.rebuilt(), s.tells("RootFS")
	touched(t, source)
	if second := s.rebuilt(); second != first {
		t.Errorf("a second clean build made %s, not %s; layers %s, not %s", second, first, s.tells("RootFS"), layers)
	}
	if created := s.tells("Created"); created != `"2024-01-02T03:04:05Z"` {
		t.Errorf("created at %s, which is not the commit's time", created)
	}
}

// BuildKit before 0.11 writes the time of the build into the image and knows no
// way to set it; all the rest is the same where a Dockerfile sets files' times.
func TestOnTheEnginesOldBuilderTwoCleanBuildsHaveTheSameLayers(t *testing.T) {
	t.Parallel()
	s, source := newCommit(t, ownBuilder(), reproducible)
	s.rebuilt()
	first := s.tells("RootFS") + s.tells("Config")
	touched(t, source)
	s.rebuilt()
	if second := s.tells("RootFS") + s.tells("Config"); second != first {
		t.Errorf("a second clean build made\n%s, not\n%s", second, first)
	}
}

func TestSeveralPlatformsBecomeOneIndexInTheRegistry(t *testing.T) {
	t.Parallel()
	s := newBuilderStack(t, labBuilder(t), "FROM --platform=$BUILDPLATFORM BASE AS build\nARG TARGETARCH\nRUN echo $TARGETARCH > /arch\n"+
		"FROM scratch\nCOPY --from=build /arch /arch\n", "provenance: false")
	s.build(build.Options{Platforms: []string{"linux/amd64", "linux/arm64"}, Push: s.builder.Registry})
	var manifest struct {
		MediaType string
		Manifests []struct {
			Platform struct{ Architecture string }
		}
	}
	s.builder.inspect(t, s.builder.Registry+"/"+s.Image+":dev", "Manifest", &manifest)
	var list []string
	for _, m := range manifest.Manifests {
		list = append(list, m.Platform.Architecture)
	}
	slices.Sort(list)
	if !slices.Equal(list, []string{"amd64", "arm64"}) {
		t.Errorf("the registry has a %s of %q", manifest.MediaType, list)
	}
}

// A step that gives another result each time tells a cached one from one that
// ran again. The builder forgets only what belongs to this test, by its name.
func TestTheCacheOfABuildGoesToARegistryAndBack(t *testing.T) {
	t.Parallel()
	s := newBuilderStack(t, labBuilder(t), "", "")
	s.File("apps/backend/Dockerfile", "FROM "+s.builder.base()+" AS build\n"+
		"RUN cat /proc/sys/kernel/random/uuid > /"+s.Name+"\nFROM scratch\nCOPY --from=build /"+s.Name+" /id\n")
	cache := s.builder.Registry + "/" + s.Image + ":cache"
	forget := func() { s.builder.buildx(t, "prune", "--all", "--force", "--filter", "description~="+s.Name) }
	s.section("cache_to: [\"type=registry,mode=max,ref=" + cache + "\"]")
	s.rebuilt()
	first := s.content("/id")
	forget()
	s.section("")
	s.rebuilt()
	if again := s.content("/id"); again == first {
		t.Error("the step's result came from elsewhere than a registry: this test shows nothing")
	}
	forget()
	s.section("cache_from: [\"type=registry,ref=" + cache + "\"]")
	s.rebuilt()
	if again := s.content("/id"); again != first {
		t.Error("the step ran again, although the registry has its result")
	}
}

func TestABuildReadsItsSecretsFromAFileAndAVariable(t *testing.T) {
	t.Parallel()
	s := newBuilderStack(t, labBuilder(t), "FROM BASE AS build\nRUN --mount=type=secret,id=of-file --mount=type=secret,id=of-variable "+
		"cat /run/secrets/of-file /run/secrets/of-variable | sha256sum > /sum\nFROM scratch\nCOPY --from=build /sum /sum\n",
		"secrets: [of-file, of-variable]")
	path := filepath.Join(s.Dir, "compose/docker-compose.backend.yml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s.File("compose/docker-compose.backend.yml", string(text)+"secrets:\n  of-file: {file: ../token}\n  of-variable: {environment: SBTEST_BUILD_TOKEN}\n")
	s.File("token", "canary-of-file")
	s.Env = append(s.Env, "SBTEST_BUILD_TOKEN=canary-of-variable")
	r := s.build(build.Options{})
	// printf canary-of-filecanary-of-variable | sha256sum
	if sum := s.content("/sum"); !strings.HasPrefix(sum, "771ea72a29cce883dd043217e7fc83c61f0c8b14c4ab3840f1fc5a9f323a62a4 ") {
		t.Errorf("the build read something else: its sum is %s", sum)
	}
	r.SaysNot(t, "canary-of")
}
