package canary_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// ofDeployments are hunted through with a server, in test/e2e/deploy.
var ofDeployments = regexp.MustCompile(`^deploy:`)

// ofTests are the targets of stacks that tests have for themselves.
var ofTests = regexp.MustCompile(`^test:`)

// ofBuilds are the targets that this test has calls for.
var ofBuilds = regexp.MustCompile(`^(build|dev):`)

const canaryBackend = `services:
  web:
    image: sbtest/%:dev
    build:
      context: ../app
      args: {COLOUR: "${COLOUR:-red}"}
      secrets: [BUILD_TOKEN, seed]
    environment: {API_TOKEN: "${API_TOKEN}"}
    healthcheck: {test: [CMD, "true"], interval: 1h}
    x-spellbook: {scan: ["true", "${IMAGE}"]}
secrets:
  BUILD_TOKEN: {environment: API_TOKEN}
`

const canaryDockerfile = `FROM lab/base:bookworm
COPY app.txt .
RUN --mount=type=secret,id=BUILD_TOKEN --mount=type=secret,id=seed test -s /run/secrets/BUILD_TOKEN -a -s /run/secrets/seed
CMD ["sleep", "infinity"]
`

// Secrets are handed to builds, and to a failing command. Every target of
// builds runs, in success and in failure.
func TestNoSecretOfABuildComesOut(t *testing.T) {
	t.Parallel()
	c := newCanaries(t)
	t.Cleanup(c.RemoveImages)
	targets := slices.DeleteFunc(c.targets(), func(name string) bool { return !ofBuilds.MatchString(name) })
	c.File("compose/docker-compose.backend.yml", regexp.MustCompile(`%`).ReplaceAllString(canaryBackend, c.Name))
	c.File("app/Dockerfile", canaryDockerfile)
	c.File("app/app.txt", "app\n")
	w, control := newWatch(), newCanary()
	w.show(t, control)

	c.every(call("build:backend"))
	c.every(call("build:all", "-force"))
	c.together(call("build:plan"), call("build:images"), call("build:explain", "web"), call("build:scan"))
	c.whatever(call("build:sbom"))
	bin := c.directory("bin")
	if err := os.WriteFile(filepath.Join(bin, "syft"), []byte("#!/bin/sh\necho '{\"spdxVersion\": \"SPDX-2.3\", \"packages\": []}'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	c.Env = append(c.Env, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	c.every(call("build:sbom"))
	c.every(call("dev:up", "-services=web").in("plain"))
	c.stopped(call("dev:watch", "-services=web").in("plain").until(after(5 * time.Second)))

	t.Log("failures")
	running := []string{"json", "plain", "github", "terminal"} // a plan does not fail
	c.File("app/Dockerfile", canaryDockerfile+"RUN --mount=type=secret,id=BUILD_TOKEN echo compiling && false\n")
	for _, k := range []canaryCall{call("build:backend").in(running...), call("build:all").in(running...), call("dev:up", "-services=web"), call("build:explain", "nobody")} {
		c.fails(k, "a failing step")
	}
	c.File("app/Dockerfile", canaryDockerfile)
	c.Edit("compose/docker-compose.backend.yml", `COLOUR: "${COLOUR:-red}"`, `COLOUR: "x${API_TOKEN}", BUILD_TOKEN: "${API_TOKEN}"`)
	for _, target := range []string{"build:backend", "build:all", "build:plan"} {
		c.fails(call(target), "a secret as an argument")
	}
	c.every(call("build:images")) // with a warning: those that are there are shown
	for _, name := range targets {
		if !slices.ContainsFunc(c.runs, func(r canaryRun) bool { return r.call.target == name }) {
			t.Errorf("%s needs a case", name)
		}
	}
	lines := w.end()
	if !seen(lines, control) {
		t.Error("the watch does not see a process of 0.1 s")
	}
	c.quiet()
	for _, line := range lines {
		c.commandLine(line)
	}
	c.files(c.Dir)
	c.hunt.none(t, "the image", []byte(stacktest.Docker(t, "history", "--no-trunc", "sbtest/"+c.Name+":dev")+stacktest.Docker(t, "image", "inspect", "sbtest/"+c.Name+":dev")))
}
