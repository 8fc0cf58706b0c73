package build_test

import (
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// The first is made from the second and from a directory beside its context,
// which takes a builder newer than the engine's own.
func TestAnImageIsMadeFromAnotherServicesAndFromADirectoryBeside(t *testing.T) {
	t.Parallel()
	lab := labBuilder(t)
	s := newStack(t, `
  app:
    image: sbtest/SELF-app:dev
    build: {context: ../app, additional_contexts: {lib: ../lib, parent: "service:parent"}}
  parent: {image: sbtest/SELF-parent:dev, build: ../parent}
`)
	t.Cleanup(s.RemoveImages)
	s.Edit("compose/docker-compose.yml", "SELF-app", s.Name+"-app")
	s.Edit("compose/docker-compose.yml", "SELF-parent", s.Name+"-parent")
	s.Env = append(s.Env, lab.Env...)
	s.File("app/Dockerfile", "FROM parent\nCOPY --from=lib part /part\n")
	s.File("parent/Dockerfile", "FROM "+lab.base()+"\nCOPY name /name\n")
	s.File("parent/name", s.Name+" one")
	s.File("lib/part", "one")
	state := func(text string, want map[string]report.BuildState) {
		t.Helper()
		for _, b := range s.built(build.Options{}).Builds {
			if b.State != want[b.Name] {
				t.Errorf("%s: %s is %s, want %s (%s)", text, b.Name, b.State, want[b.Name], b.Cause)
			}
		}
		for service, path := range map[string]string{"app": "/part /name", "parent": "/name"} {
			argv := append([]string{"run", "--rm", "sbtest/" + s.Name + "-" + service + ":dev", "cat"}, strings.Fields(path)...)
			if got, want := stacktest.Docker(t, argv...), text; service == "app" && got != strings.Replace(want, ",", s.Name+" ", 1) {
				t.Errorf("%s holds %q, want %q", service, got, want)
			}
		}
	}
	built, exists := report.ImageBuilt, report.ImageExists
	state("one,one", map[string]report.BuildState{"app": built, "parent": built})
	state("one,one", map[string]report.BuildState{"app": exists, "parent": exists})
	s.File("lib/part", "two")
	state("two,one", map[string]report.BuildState{"app": built, "parent": exists})
	s.File("parent/name", s.Name+" two")
	state("two,two", map[string]report.BuildState{"app": built, "parent": built})
}

func TestABuildIsLentTheAgentOfSSH(t *testing.T) {
	t.Parallel()
	dir := agentDir(t)
	s := newStack(t, "  web: {image: \"sbtest/SELF:dev\", build: {context: ../app, ssh: [default]}}\n")
	t.Cleanup(s.RemoveImages)
	s.Edit("compose/docker-compose.yml", "SELF", s.Name)
	s.File("app/Dockerfile", "FROM lab/base:bookworm\nRUN echo "+s.Name+"\nRUN --mount=type=ssh test -S \"$SSH_AUTH_SOCK\"\n")
	s.Env = append(s.Env, "SSH_AUTH_SOCK=")
	s.build(build.Options{All: true}).Want(t, failure.Preflight).Says(t, "ssh agent")
	s.Env = append(s.Env, "SSH_AUTH_SOCK="+filepath.Join(dir, "agent"))
	is(t, s.built(build.Options{}), report.ImageBuilt, "no image yet")
}

// Without a docker command, git or anything else to call.
func TestWhereNothingChangedNothingIsRun(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.built(build.Options{})
	program := stacktest.Binary(t)
	for _, target := range []string{"build:all", "build:plan", "build:images"} {
		cmd := exec.Command(program, target)
		cmd.Dir, cmd.Env = s.Dir, append(s.Env, "PATH="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", target, err, out)
		}
	}
	s.File("app/app.txt", "changed of "+s.Name+"\n")
	cmd := exec.Command(program, "build:all")
	cmd.Dir, cmd.Env = s.Dir, append(s.Env, "PATH="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "→") {
		t.Errorf("without docker: %v\n%s", err, out)
	}
}

// A registry that takes connections and says nothing is as good as none: what
// can be told without it is.
func TestARegistryThatIsSilentIsGivenUp(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := builds(t)
	s.File("app/Dockerfile", "FROM "+listener.Addr().String()+"/nothing:1\nRUN true\n")
	began := time.Now()
	if plan := s.plannedBuilds(); len(plan) != 1 || plan[0].State != report.ToBuild {
		t.Errorf("got %+v", plan)
	}
	if took := time.Since(began); took > stacktest.Patience {
		t.Errorf("it took %s", took)
	}
}
