package plugin_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// A plugin of somebody else that asks for what is not its own, as plain
// variables, and tells whoever looks what it was given.
const greedyPlugin = `package main

import (
	"context"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

func main() {
	sdk.Serve(sdk.Plugin{
		Name: "search", Version: "1.0.0", Summary: "Finds things", Render: render,
		Services: []sdk.Service{{Name: "search", Summary: "Answers", Probe: probe}},
		Variables: []sdk.Variable{
			{Name: "SEARCH_PORT", Summary: "Port", Type: "port", Default: "9200"},
			{Name: "SEARCH_MODE", Summary: "How", Default: "calm"},
			{Name: "POSTGRES_PASSWORD", Summary: "Where it finds things"},
			{Name: "AWS_SECRET_ACCESS_KEY", Summary: "What it is curious of"},
		},
		Permissions: []sdk.Permission{{Key: "publish:*", Reason: "Others search too"}},
	})
}

func render(c sdk.Config) (string, []sdk.Diagnostic) {
	text := "services:\n  search:\n    image: lab/service:1\n    environment: {GIVEN: \"${POSTGRES_PASSWORD:-nothing}\"}\n" +
		"    ports: [\"0.0.0.0:${SEARCH_PORT:-9200}:80\"]\n"
	if c["SEARCH_MODE"] == "wild" {
		text += "    env_file: ../deploy/environments/.env.local\n    volumes: [\"../deploy:/d:ro\", \"../magefiles:/m\"]\n"
	}
	return text, nil
}

func probe(_ context.Context, run *sdk.Run) sdk.Status {
	all := func(name string) string { return run.Config(name) + run.Secret(name) }
	return sdk.Ready("database %s, cloud %d", all("POSTGRES_PASSWORD"), len(all("AWS_SECRET_ACCESS_KEY")))
}
`

// plugBinary builds a plugin of somebody else, and leaves only the binary.
func (s *stack) plugBinary(name, source string) {
	s.T.Helper()
	s.File("plugins/"+name+"/main.go", source)
	build := exec.CommandContext(s.T.Context(), "go", "build", "-o", filepath.Join(s.Dir, "bin", name), "./plugins/"+name)
	build.Dir, build.Env = s.Dir, s.Env
	if out, err := build.CombinedOutput(); err != nil {
		s.T.Fatalf("%v\n%s", err, out)
	}
	if err := os.RemoveAll(filepath.Join(s.Dir, "plugins", name)); err != nil {
		s.T.Fatal(err)
	}
}

func adding(source string, grant ...string) target {
	return func(ctx context.Context, w *app.Run) error {
		return plugin.Add(ctx, w, plugin.AddOptions{Source: source, Yes: true, Grant: grant})
	}
}

func upOnce(ctx context.Context, w *app.Run) error {
	return infra.Up(ctx, w, infra.UpOptions{})
}

// grantHint is what an error says to type.
var grantHint = regexp.MustCompile(`mage plugin:add (\S+) -grant=(\S+)`)

// grants types the hint of an error.
func (s *stack) grants(r stacktest.Result) {
	s.T.Helper()
	hint := grantHint.FindStringSubmatch(r.Err + r.All())
	if hint == nil {
		s.T.Fatalf("no hint in\n%s", r.All())
	}
	s.wants(failure.OK, adding(hint[1], strings.Split(hint[2], ",")...), "is in plugins/plugins.lock")
}

func TestAPluginIsGivenNothingThatWasNotShownAndGranted(t *testing.T) {
	t.Parallel()
	const password, cloud = "canarypostgres7", "canarycloudkey7"
	s := pluginRepository(t)
	s.File("env/.env.example", "# Image of it.\nIMAGE=lab/service:1\n# Password. [secret]\nPOSTGRES_PASSWORD=\n")
	s.File("env/.env.local", "IMAGE=lab/service:1\nCOMPOSE_PROJECT_NAME="+s.Name+"\nPOSTGRES_PASSWORD="+password+"\n")
	s.Env = append(s.Env, "AWS_SECRET_ACCESS_KEY="+cloud, "SEARCH_PORT="+strconv.Itoa(stacktest.FreePort(t)))
	s.plugBinary("search", greedyPlugin)
	var said []stacktest.Result
	wants := func(code failure.Code, do target, texts ...string) stacktest.Result {
		t.Helper()
		said = append(said, s.wants(code, do, texts...))
		return said[len(said)-1]
	}
	wants(failure.Refused, added("bin/search", false), "note: bin/search runs as you to say what it is, before you are asked", "+ service search: lab/service:1", "reads POSTGRES_PASSWORD (secret of this repository), which is not granted: -grant=variable:POSTGRES_PASSWORD",
		"reads AWS_SECRET_ACCESS_KEY (secret of your shell), which is not granted", "permission publish:* is not granted: Others search too")
	wants(failure.OK, adding("bin/search"))
	wants(failure.OK, named(plugin.Enable, "search"), "note: search is not given SEARCH_PORT, POSTGRES_PASSWORD, AWS_SECRET_ACCESS_KEY")
	if text, err := os.ReadFile(filepath.Join(s.Dir, "env/.env.local")); err != nil || strings.Contains(string(text), "AWS_") || !strings.Contains(string(text), "SEARCH_MODE=calm") {
		t.Errorf("%v: the environment is\n%s", err, text)
	}
	refused := wants(failure.Preflight, upOnce, "services.search.environment.GIVEN needs the permission variable:POSTGRES_PASSWORD", "services.search.ports[0] needs the permission publish:*")
	if ids := s.IDs(); len(ids) > 0 {
		t.Errorf("containers are %v", ids)
	}
	s.grants(refused)
	wants(failure.OK, upOnce, "ready")
	wants(failure.OK, func(ctx context.Context, w *app.Run) error { return infra.Status(ctx, w, false) }, "database ****, cloud 0")
	wants(failure.OK, func(ctx context.Context, w *app.Run) error { return infra.Status(ctx, w, true) }, "database ****, cloud 0")
	if environment := stacktest.Docker(t, "inspect", "-f", "{{json .Config.Env}}", s.Name+"-search-1"); !strings.Contains(environment, "GIVEN="+password) {
		t.Errorf("what was granted is not given")
	}
	reaching := func(ctx context.Context, w *app.Run) error {
		w.Layout.EnvDir = "deploy/environments"
		return infra.Up(ctx, w, infra.UpOptions{})
	}
	s.File("deploy/environments/.env.local", "POSTGRES_PASSWORD="+password+"\n")
	s.Env = append(s.Env, "SEARCH_MODE=wild", "PLUGINS=search")
	s.wants(failure.OK, adding("bin/search", "variable:SEARCH_MODE"))
	wants(failure.Preflight, reaching, "services.search.env_file[0] needs the permission mount:./deploy/environments/.env.local",
		"services.search.volumes[0] needs the permission mount:./deploy\n", "services.search.volumes[1] needs the permission mount:./magefiles")
	for _, r := range said {
		if text := r.All() + r.Err; strings.Contains(text, password) || strings.Contains(text, cloud) {
			t.Errorf("a secret comes out in\n%s", text)
		}
	}
}

func TestAVariableThatSteersOtherProgramsIsRefusedBeforeItIsWritten(t *testing.T) {
	t.Parallel()
	s := pluginRepository(t)
	before, err := os.ReadFile(filepath.Join(s.Dir, "env/.env.local"))
	if err != nil {
		t.Fatal(err)
	}
	source := strings.NewReplacer(`"search"`, `"steer"`, "SEARCH_PORT", "DOCKER_HOST", `Type: "port", Default: "9200"`, `Default: "tcp://192.0.2.7:2375"`).Replace(greedyPlugin)
	s.plugBinary("steer", source)
	const says = "the variable DOCKER_HOST may not be a plugin's: it decides which engine is used"
	s.wants(failure.Preflight, adding("bin/steer"), says, "tell its author")
	s.File("plugins/steer/main.go", source) // as the repository's own it is no better
	s.wants(failure.Preflight, named(plugin.Enable, "steer"), says, "mage plugin:test steer")
	s.wants(failure.Unexpected, tested("steer"), "RESERVED variables.DOCKER_HOST")
	s.Env = append(s.Env, "PLUGINS=steer")
	s.wants(failure.Preflight, upOnce, says)
	if after, err := os.ReadFile(filepath.Join(s.Dir, "env/.env.local")); err != nil || string(after) != string(before) {
		t.Errorf("%v: the environment is\n%s", err, after)
	}
}
