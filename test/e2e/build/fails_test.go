package build_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestAFailingStepIsShownWithItsPlaceAndOutput(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.File("app/Dockerfile", strings.Replace(twoStages, "RUN cat app.txt /part > /out", "RUN echo compiling >&2 && \\\n    cat missing.txt", 1))
	s.Shows("build:all", s.build(build.Options{All: true}))
	if out := stacktest.Docker(t, "image", "ls", "--quiet", "sbtest/"+s.Name); out != "" {
		t.Errorf("a failed build has left %s", out)
	}
	t.Log("the older image keeps its name when a later build fails")
	s.File("app/Dockerfile", twoStages)
	first := is(t, s.built(build.Options{}), report.ImageBuilt, "")
	s.File("app/Dockerfile", twoStages+"RUN false\n")
	if r := s.build(build.Options{All: true}); r.Code == failure.OK {
		t.Fatal("it went well")
	}
	if id := strings.TrimSpace(stacktest.Docker(t, "image", "inspect", "--format", "{{.Id}}", "sbtest/"+s.Name+":dev")); id != first.ImageID {
		t.Errorf("the name has moved to %s", id)
	}
}

func TestAnInterruptedBuildLeavesNoName(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.File("app/Dockerfile", twoStages+"RUN sleep 120.1357\n")
	ctx, cancel := context.WithCancel(t.Context())
	began := time.Now()
	var out strings.Builder
	w := s.flow(&out)
	done := make(chan error, 1)
	go func() { done <- build.Build(ctx, w, build.Options{All: true}) }()
	stacktest.Eventually(t, "the build sleeps", func() bool { return len(stacktest.Processes(t, "sleep 120.1357")) > 0 })
	cancel()
	if err := <-done; failure.CodeOf(err) == failure.OK {
		t.Fatal("it went well")
	}
	if took := time.Since(began); took > 100*time.Second {
		t.Errorf("it took %s", took)
	}
	if out := stacktest.Docker(t, "image", "ls", "--quiet", "sbtest/"+s.Name); out != "" {
		t.Errorf("an interrupted build has left %s", out)
	}
}

func TestAFileThatChangesWhileItIsBuiltLeavesNoName(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.File("app/Dockerfile", twoStages+"RUN sleep 4.1357\n")
	var out strings.Builder
	w := s.flow(&out)
	done := make(chan error, 1)
	go func() { done <- build.Build(t.Context(), w, build.Options{All: true}) }()
	stacktest.Eventually(t, "the build sleeps", func() bool { return len(stacktest.Processes(t, "sleep 4.1357")) > 0 })
	s.File("app/app.txt", "written meanwhile\n")
	err := <-done
	if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), "app.txt changed while it was built") {
		t.Fatalf("got %v", err)
	}
	if out := stacktest.Docker(t, "image", "ls", "--quiet", "sbtest/"+s.Name); out != "" {
		t.Errorf("it has left %s", out)
	}
	is(t, s.built(build.Options{}), report.ImageBuilt, "")
}

func TestBadInputOfABuildIsOneClearError(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change func(*stack)
		o      build.Options
		code   failure.Code
		words  []string
	}{
		"no Dockerfile":       {change: func(s *stack) { _ = os.Remove(filepath.Join(s.Dir, "app/Dockerfile")) }, code: failure.Preflight, words: []string{"there is no Dockerfile app/Dockerfile"}},
		"no context":          {change: func(s *stack) { _ = os.RemoveAll(filepath.Join(s.Dir, "app")) }, code: failure.Preflight, words: []string{"there is no build context"}},
		"unknown instruction": {change: func(s *stack) { s.File("app/Dockerfile", "FROM scratch\nCOPPY a b\n") }, code: failure.Preflight, words: []string{"app/Dockerfile:2", "COPY"}},
		"unknown target": {change: func(s *stack) {
			s.Edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, target: buidler}")
		}, code: failure.Usage, words: []string{"builder"}},
		"missing file":       {change: func(s *stack) { s.File("app/Dockerfile", "FROM lab/base:bookworm\nCOPY nothing.txt .\n") }, words: []string{"nothing.txt", "app/Dockerfile"}},
		"missing base image": {change: func(s *stack) { s.File("app/Dockerfile", "FROM sbtest.invalid/nothing:1\n") }, words: []string{"sbtest.invalid/nothing:1"}},
		"no such service":    {o: build.Options{Services: []string{"wbe"}}, code: failure.Usage, words: []string{"wbe", "web"}},
		"nothing to build":   {o: build.Options{Services: []string{"database"}}, code: failure.Usage, words: []string{"no build section"}},
		"two platforms":      {o: build.Options{Platforms: []string{"linux/amd64", "linux/arm64"}}, code: failure.Preflight, words: []string{"buildx create"}},
		"unknown platform":   {o: build.Options{Platforms: []string{"linux/pdp11"}}, words: []string{"lab/base:bookworm"}},
		"no service named":   {o: build.Options{Services: []string{""}}, code: failure.Usage, words: []string{"services is empty"}},
		"no platform":        {o: build.Options{Platforms: []string{"arm64"}}, code: failure.Usage, words: []string{"linux/amd64,linux/arm64"}},
		"an empty registry":  {o: build.Options{Push: " "}, code: failure.Usage, words: []string{"push is empty"}},
		"an address":         {o: build.Options{Push: "https://registry.example"}, code: failure.Usage, words: []string{"without https://"}},
		"no registry there":  {o: build.Options{Push: "127.0.0.1:1/team"}, code: failure.Preflight, words: []string{"push image", "docker login 127.0.0.1:1"}},
	}
	if inContainerd(t) { // which keeps all platforms; newer builders take the base that is there, whatever its platform
		delete(cases, "two platforms")
		delete(cases, "unknown platform")
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := builds(t)
			if c.change != nil {
				c.change(s)
			}
			c.o.All = true
			r := s.build(c.o)
			if r.Code == failure.OK || c.code != 0 && r.Code != c.code {
				t.Errorf("exit code %d, want %d", r.Code, c.code)
			}
			r.Says(t, append(c.words, "→")...)
		})
	}
}
