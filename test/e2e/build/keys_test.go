package build_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// onlyKey is the key of the one build.
func (s *stack) onlyKey() string {
	s.T.Helper()
	plans := s.plannedBuilds()
	if len(plans) != 1 || len(plans[0].Key) != 16 {
		s.T.Fatalf("planned %+v", plans)
	}
	return plans[0].Key
}

// secondEngine is one with the containerd image store, as DOCKER_HOST, and a
// docker command for it.
func secondEngine(t *testing.T) (host string, docker func(args ...string) string) {
	t.Helper()
	out, err := exec.Command(filepath.Join(stacktest.Root(t), "scripts/lab/engine.sh"), "26-containerd").CombinedOutput()
	at := strings.LastIndex(string(out), "DOCKER_HOST=")
	if err != nil || at < 0 {
		t.Fatalf("start the second engine: %v\n%s", err, out)
	}
	host = strings.TrimSpace(string(out)[at:])
	return host, func(args ...string) string {
		cmd := exec.Command("docker", args...)
		cmd.Env = append(os.Environ(), host)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s docker %s: %v\n%s", host, strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
}

func TestOneContextHasOneKeyOnBothStores(t *testing.T) {
	t.Parallel()
	if inContainerd(t) {
		return // this is the second engine: where the first is classic, both are compared
	}
	prefix := smallImages(t, "a")
	base := prefix + "a:latest"
	host, second := secondEngine(t)
	s := builds(t)
	own := s.Env
	s.File("app/Dockerfile", "FROM "+base+"\nCOPY app.txt /\n")
	here := is(t, s.built(build.Options{}), report.ImageBuilt, "")

	archive := filepath.Join(t.TempDir(), "base.tar")
	stacktest.Docker(t, "save", "-o", archive, base)
	second("load", "-i", archive)
	t.Cleanup(func() { second("rmi", base) })
	if second("inspect", "-f", "{{.Id}}", base) == strings.TrimSpace(stacktest.Docker(t, "inspect", "-f", "{{.Id}}", base)) {
		t.Error("both stores have the same ID, so this test shows nothing")
	}
	s.Env = append(own[:len(own):len(own)], host)
	there := is(t, s.built(build.Options{}), report.ImageBuilt, "")
	t.Cleanup(func() { second(append([]string{"rmi", "-f"}, there.Tags...)...) })
	is(t, s.built(build.Options{}), report.ImageExists, "")
	if there.Key != here.Key {
		t.Errorf("key %s here and %s there", here.Key, there.Key)
	}
}

// movingBase is a stack whose build starts from an image in the builder's registry,
// and what moves its tag.
func movingBase(t *testing.T, b builder, dockerfile, section string) (s *builderStack, move func(image string)) {
	t.Helper()
	s = newBuilderStack(t, b, "", section)
	base := b.Registry + "/" + s.Image + "-base:1"
	s.File("apps/backend/Dockerfile", strings.ReplaceAll(dockerfile, "MOVING", base))
	return s, func(image string) {
		stacktest.Docker(t, "tag", image, base)
		stacktest.Docker(t, "push", "-q", base)
		stacktest.Docker(t, "rmi", base)
	}
}

// byCompose builds as a user would without us.
func (s *builderStack) byCompose() {
	s.T.Helper()
	if code, out := s.Exec("docker", "compose", "--progress", "plain", "-f", "compose/docker-compose.yml", "-f", "compose/docker-compose.backend.yml", "build", "app"); code != 0 {
		s.T.Fatal(out)
	}
}

func TestABaseThatMovedIsLookedUpAndWhatComposeMadeOfItStays(t *testing.T) {
	t.Parallel()
	b, prefix := labBuilder(t), smallImages(t, "abc")
	for name, section := range map[string]string{"pull": "pull: true", "none": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, move := movingBase(t, b, "FROM MOVING\nCOPY Dockerfile /\n", section)
			move(prefix + "a")
			s.build(build.Options{}).Says(t, "built")
			s.build(build.Options{}).Says(t, "exists")
			move(prefix + "b")
			if section != "" {
				s.build(build.Options{}).Says(t, "built")
				move(prefix + "c")
			}
			s.byCompose()
			newer := s.content("/f")
			s.build(build.Options{})
			if got := s.content("/f"); got != newer {
				t.Errorf("the name is of %q, and Compose had made %q", got, newer)
			}
			s.build(build.Options{}).Says(t, "exists")
		})
	}
}

func TestAFrontendThatMovedIsLookedUp(t *testing.T) {
	t.Parallel()
	b, prefix := labBuilder(t), smallImages(t, "ab")
	s, move := movingBase(t, b, "# syntax=MOVING\nFROM scratch\nCOPY Dockerfile /\n", "pull: true")
	move(prefix + "a")
	before := s.onlyKey()
	if again := s.onlyKey(); again != before {
		t.Errorf("key %s, then %s", before, again)
	}
	move(prefix + "b")
	if after := s.onlyKey(); after == before {
		t.Error("its key is the same")
	}
}

// What ADD fetches by a variable that only the base image knows may change
// unseen; what it copies is in the context.
func TestWhatABaseImagesVariablesNameIsKnown(t *testing.T) {
	t.Parallel()
	s := builds(t)
	base := "sbtest/" + s.Name + "-base:1"
	from := func(lines string) {
		cmd := exec.Command("docker", "buildx", "build", "--builder", "default", "--load", "--quiet", "--label", "com.docker.compose.project="+s.Name, "--tag", base, "-")
		cmd.Stdin = strings.NewReader("FROM lab/base:bookworm\n" + lines)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", base).Run() })
	s.File("app/Dockerfile", "FROM "+base+" AS parent\nENV NAME=$FROM_BASE\nFROM parent\nADD $NAME.txt /added\nCOPY ${NAME} /copied\nCMD [\"cat\", \"/added\", \"/copied\"]\n")
	s.File("app/app", "one")
	s.File("app/one.txt", "text")
	from("ENV FROM_BASE=app\nONBUILD COPY one.txt /laid\n")
	run := func() string { return stacktest.Docker(t, "run", "--rm", "sbtest/"+s.Name+":dev") }
	is(t, s.built(build.Options{}), report.ImageBuilt, "")
	if got := run(); got != "app of "+s.Name+"\none" {
		t.Errorf("it holds %q", got)
	}
	is(t, s.built(build.Options{}), report.ImageExists, "")
	s.File("app/app", "two")
	is(t, s.built(build.Options{}), report.ImageBuilt, "app changed")
	s.File("app/one.txt", "other")
	is(t, s.built(build.Options{}), report.ImageBuilt, "one.txt changed")
	if got := run(); got != "app of "+s.Name+"\ntwo" {
		t.Errorf("it holds %q", got)
	}
	for lines, cause := range map[string]string{
		"ENV FROM_BASE=https://x.invalid/a\n":                    "remote input $NAME.txt",
		"ENV FROM_BASE=app\nONBUILD ADD https://x.invalid/b /\n": "remote input https://x.invalid/b",
	} {
		from(lines)
		if plans := s.plannedBuilds(); plans[0].Cause != cause {
			t.Errorf("%q: %s", lines, plans[0].Cause)
		}
	}
}
