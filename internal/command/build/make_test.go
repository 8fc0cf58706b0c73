package build

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// masked are calls without what is another in each run.
func masked(r *commandtest.Repository, calls string) string {
	calls = regexp.MustCompile(`sent/[^ "]+`).ReplaceAllString(strings.ReplaceAll(calls, r.Dir, "/repository"), "sent/KEY")
	return regexp.MustCompile(`[^ "]*/spellbook-build-[0-9]+`).ReplaceAllString(calls, "/tmp")
}

func TestWhatBuildKitGetsIsTheBuildWithItsLabelsAndWithoutSecrets(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	r.Write("env/.env.local", "TOKEN=canary-and-long\n")
	r.Write("page.secret", "canary-of-a-file")
	r.Write("compose/docker-compose.backend.yml", strings.Replace(buildCompose, "build: ../page",
		"build: {context: ../page, labels: {team: red}, secrets: [token, file]}\nsecrets: {token: {environment: TOKEN}, file: {file: ../page.secret}}", 1))
	docker := r.Tool("docker", commandtest.Call{Args: "buildx bake * page", Script: bakes("page", `[ "$TOKEN" = canary-and-long ] || exit 5`).Script})
	x := r.Run(buildCall(Options{})).Want(t, failure.OK)
	want := "buildx bake -f - --progress rawjson --builder default --metadata-file /tmp/metadata.json" +
		" --allow fs.read=/repository/.spellbook/demo/sent/KEY" +
		" --allow fs.read=/repository/page.secret --allow fs.read=/repository/page/Dockerfile --set page.output=type=docker page\n"
	if got := masked(r, docker.Calls()); got != want {
		t.Errorf("called with\n%swant\n%s", got, want)
	}
	stdin := docker.Stdin(0)
	for _, text := range []string{`"com.docker.compose.project":"demo"`, `"io.spellbook.build.name":"page"`, `"team":"red"`,
		`"secret":[{"id":"token","env":"TOKEN"},{"id":"file","src":"` + r.Dir + `/page.secret"}]`} {
		if !strings.Contains(stdin, text) {
			t.Errorf("%s is not in\n%s", text, stdin)
		}
	}
	if all := docker.Calls() + stdin + x.String(); strings.Contains(all, "canary") {
		t.Errorf("a secret shows:\n%s", all)
	}
	if want := "POST images/" + commandtest.BuiltID("page") + "/tag demo-page:"; strings.Count(e.Done(), want) != 2 || e.Image("demo-page:latest") == nil {
		t.Errorf("the engine was told\n%s", e.Done())
	}
}

func TestABuildWithoutItsSecretIsRefusedBeforeBuildKitRuns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ secret, says string }{
		"a variable":  {"{environment: TOKEN}", "service page: build secret token: the variable TOKEN is not set\n  → export TOKEN, or mage env:set TOKEN"},
		"a file":      {"{file: ../page.secret}", "service page: build secret token: page.secret is no file\n  → write it, or correct secrets: in the Compose file"},
		"a directory": {"{file: ../page}", "service page: build secret token: page is no file\n  → write it, or correct secrets: in the Compose file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, e := world(t)
			r.Write("compose/docker-compose.backend.yml", strings.Replace(buildCompose, "build: ../page",
				"build: {context: ../page, secrets: [token]}\nsecrets: {token: "+c.secret+"}", 1))
			if x := r.Run(buildCall(Options{})).Want(t, failure.Preflight); x.Failed.Error() != c.says || e.Done() != "" {
				t.Errorf("it says\n%s", x)
			}
		})
	}
}

// failing is the docker command's call that makes a build whose second line
// fails.
func failing(name string) commandtest.Call {
	return commandtest.Call{Args: "buildx bake * " + name, Exit: 1,
		Err: `{"vertexes":[{"digest":"sha256:11","name":"[2/2] COPY a.txt /","started":"2026-05-06T12:00:00Z","completed":"2026-05-06T12:00:01Z","error":"process \"/bin/sh -c make\" did not complete successfully: exit code: 2"}]}
{"logs":[{"vertex":"sha256:11","data":"bm8gcnVsZQo="}]}
ERROR: target ` + name + `: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2
`}
}

func TestABuildThatFailsIsShownWithItsPlaceAndGetsNoName(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	r.Tool("docker", failing("api"), failing("page"))
	r.Transcript("testdata/failed.golden", []commandtest.Command{
		{Line: "build:backend", Do: buildCall(Options{})},
		{Line: "… on GitHub", Do: func(context.Context, *app.Run) error { r.Env = append(r.Env, "GITHUB_ACTIONS=true"); return nil }},
		{Line: "build:backend", Do: buildCall(Options{})},
	})
	doc := r.Run(buildCall(Options{All: true, JSON: true})).Want(t, failure.Unexpected, `"ok": false`, `"exit_code": 1`,
		`"error": "team/api, demo-page were not built"`, `"dockerfile": "api/Dockerfile"`, `"state": "failed"`)
	schematest.Validate(t, "build", []byte(doc.Out))
	if e.Done() != "" || r.Exists(".spellbook/demo/builds") {
		t.Errorf("the engine was told\n%s", e.Done())
	}
}

func TestWhatTheBuilderDoesNotSayIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call commandtest.Call
		code failure.Code
		says string
	}{
		"no metadata": {commandtest.Call{}, failure.Unexpected, "build team/api: read what was built: open "},
		"no JSON": {commandtest.Call{Script: `for a; do case $a in */metadata.json) echo x >"$a";; esac; done`}, failure.Unexpected,
			"build team/api: read what was built: invalid character"},
		"no digest": {commandtest.Call{Script: `for a; do case $a in */metadata.json) echo '{"api":{}}' >"$a";; esac; done`}, failure.Unexpected,
			"build team/api: read what was built: buildx tells no digest of api"},
		"no buildx": {commandtest.Call{Exit: 1, Err: "docker: 'buildx' is not a docker command.\n"}, failure.Preflight, "buildx"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, e := world(t)
			c.call.Args = "buildx bake * api"
			r.Tool("docker", c.call)
			r.Run(buildCall(Options{})).Want(t, c.code, c.says, "\n  → ")
			if e.Done() != "" {
				t.Errorf("the engine was told\n%s", e.Done())
			}
		})
	}
	r, _ := world(t)
	r.Run(buildCall(Options{})).Want(t, failure.Unexpected, "docker", "\n  → docker buildx version tells whether buildx is there")
}

func TestAFileThatChangesWhileItIsBuiltLeavesNoName(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	r.Tool("docker", bakes("api", "echo meanwhile >'"+filepath.Join(r.Dir, "api/a.txt")+"'"))
	x := r.Run(buildCall(Options{})).Want(t, failure.Preflight)
	if want := "build team/api: a.txt changed while it was built, so its image got no name\n  → mage build:backend builds it anew"; x.Failed.Error() != want {
		t.Errorf("it says\n%s", x)
	}
	if want := "DELETE images/" + commandtest.BuiltID("api"); e.Done() != want || r.Exists(".spellbook/demo/builds/api.json") {
		t.Errorf("the engine was told\n%s", e.Done())
	}
}
