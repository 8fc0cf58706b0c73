package build

import (
	"context"
	"fmt"
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

// What BuildKit's parser has read before, a builder may be too old to.
func TestALineThatTheBuilderCannotReadIsOfANewerOne(t *testing.T) {
	t.Parallel()
	const newer = "docker buildx create --use --driver docker-container makes a newer builder"
	refuses := func(line int, said string) commandtest.Call {
		return commandtest.Call{Args: "buildx bake * api", Exit: 1, Err: fmt.Sprintf("ERROR: target api: failed to solve: dockerfile parse error line %d: %s\n", line, said)}
	}
	for name, c := range map[string]struct {
		text, says, hint string
		call             commandtest.Call
	}{
		"a heredoc": {"FROM scratch\nARG COLOUR\nCOPY <<END /a\nhello\nEND\n", "line 3: COPY <<END /a",
			"begin the Dockerfile with # syntax=docker/dockerfile:1; or " + newer, refuses(4, "unknown instruction: HELLO")},
		"a flag": {"FROM scratch\nARG COLOUR\nCOPY --link a.txt /\n", "line 3: COPY --link a.txt /",
			"begin the Dockerfile with # syntax=docker/dockerfile:1; or " + newer, refuses(3, "Unknown flag: link")},
		"a key": {"FROM scratch\nARG COLOUR\nRUN --mount=type=secret,id=a,env=A true\n", "line 3: RUN --mount=type=secret,id=a,env=A true",
			"begin the Dockerfile with # syntax=docker/dockerfile:1; or " + newer, commandtest.Call{Args: "buildx bake * api", Exit: 1,
				Err: "ERROR: target api: failed to solve: unexpected key 'env' in 'env=A'\n"}},
		"a substitution": {"FROM scratch\nARG COLOUR\nLABEL a=${COLOUR#r}\n", "line 3: LABEL a=${COLOUR#r}",
			"begin the Dockerfile with # syntax=docker/dockerfile:1; or " + newer, commandtest.Call{Args: "buildx bake * api", Exit: 1,
				Err: "ERROR: failed to build: failed to solve: rpc error: code = Unknown desc = failed to solve with frontend dockerfile.v0: failed to create LLB definition: failed to process \"${COLOUR#r}\": missing ':' in substitution\n"}},
		"another syntax": {"# syntax=docker/dockerfile:1.0\nFROM scratch\nARG COLOUR\nCOPY --link a.txt /\n", "line 4: COPY --link a.txt /",
			"in place of docker/dockerfile:1.0 write # syntax=docker/dockerfile:1; or " + newer, refuses(4, "Unknown flag: link")},
	} {
		r, _ := world(t)
		r.Write("api/Dockerfile", c.text)
		calls := []commandtest.Call{c.call}
		if strings.HasPrefix(c.text, "# syntax=") { // an input, of which no registry tells here
			calls = append(calls, commandtest.Call{Args: "buildx imagetools inspect --raw -- docker/dockerfile:1.0", Err: "ERROR: no route\n", Exit: 1})
		}
		r.Tool("docker", calls...)
		x := r.Run(buildCall(Options{})).Want(t, failure.Preflight)
		if want := "build team/api: the builder is too old for " + c.says + "\n  → " + c.hint; x.Failed.Error() != want {
			t.Errorf("%s: it says\n%s\nwant\n%s", name, x.Failed, want)
		}
	}
}

// What no BuildKit reads is a mistake, and a word that is not in the Dockerfile has no line.
func TestAMistakeIsNotOfTheBuildersAge(t *testing.T) {
	t.Parallel()
	for word, c := range map[string]struct{ line, said, says string }{
		"${COLOUR:foo}": {"LABEL a=${COLOUR:foo}", "unsupported modifier (f) in substitution",
			"the Dockerfile's ${COLOUR:foo}: unsupported modifier (f) in substitution\n  → write ${NAME}, ${NAME:-default} or ${NAME:+other}"},
		"${OF_THE_BASE#r}": {"LABEL a=1", "missing ':' in substitution",
			"the builder is too old for ${OF_THE_BASE#r}\n  → begin the Dockerfile with # syntax=docker/dockerfile:1; or docker buildx create --use --driver docker-container makes a newer builder"},
	} {
		r, _ := world(t)
		r.Write("api/Dockerfile", "FROM scratch\nARG COLOUR\n"+c.line+"\n")
		r.Tool("docker", commandtest.Call{Args: "buildx bake * api", Exit: 1, Err: "ERROR: failed to build: failed to solve: failed to process \"" + word + "\": " + c.said + "\n"})
		x := r.Run(buildCall(Options{})).Want(t, failure.Preflight)
		if want := "build team/api: " + c.says; x.Failed.Error() != want {
			t.Errorf("%s: it says\n%s\nwant\n%s", word, x.Failed, want)
		}
		if printed := x.Out + x.Err; strings.Contains(c.line, word) != strings.Contains(printed, c.line) {
			t.Errorf("%s: it shows\n%s", word, printed)
		}
	}
}

// What another frontend reads need be no Dockerfile: the builder is always asked.
func TestATextOfAnotherFrontendIsTheBuildersToRead(t *testing.T) {
	t.Parallel()
	for _, frontend := range []string{"example.com/buildpacks:1", "docker/dockerfile:1-labs"} {
		r, _ := world(t)
		r.Write("api/Dockerfile", "# syntax="+frontend+"\napiVersion: v1\nimages: {}\n")
		docker := r.Tool("docker", bakes("api", ""))
		r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
		r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
		if n := strings.Count(docker.Calls(), "bake"); n != 2 {
			t.Errorf("%s: asked %d times", frontend, n)
		}
	}
	r, _ := world(t)
	r.Write("api/Dockerfile", "# syntax=docker/dockerfile:1\napiVersion: v1\n")
	r.Run(buildCall(Options{})).Want(t, failure.Preflight, "api/Dockerfile:2: apiVersion: is no instruction")
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

// A cache is none of a context's files, whichever build of the project writes it.
func TestACacheInAContextIsNoInput(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", strings.ReplaceAll(backendCompose, "context: ../api", "context: ../api\n      cache_to: [\"type=local,dest=api/.cache,mode=max\"]"))
	r.Write("compose/docker-compose.yml", strings.Replace(buildCompose, "build: ../page", "build: {context: ../api, dockerfile: ../page/Dockerfile}", 1))
	cache := "mkdir -p '" + r.Dir + "/api/.cache/blobs' && echo $$ >'" + r.Dir + "/api/.cache/blobs/x'"
	docker := r.Tool("docker", bakes("api", cache), bakes("page", cache))
	r.Run(buildCall(Options{All: true, Services: []string{"page"}})).Want(t, failure.OK, "built")
	r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
	if !r.Exists("api/.cache/blobs/x") || !strings.Contains(docker.Calls(), "--allow fs.write=api/.cache") {
		t.Errorf("called\n%s", docker.Calls())
	}
	r.Run(buildCall(Options{})).Want(t, failure.OK, "nothing to build")
	r.Run(buildCall(Options{All: true})).Want(t, failure.OK, "all 2 images exist, nothing to build")
}

// As buildx has it: a file named dockerfile where there is no Dockerfile.
func TestADockerfileMayBeWrittenInLowerCase(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Remove("api/Dockerfile")
	r.Write("api/dockerfile", "FROM scratch\nARG COLOUR\nCOPY a.txt /\n")
	r.Write("api/dockerfile.dockerignore", "ignored\n")
	r.Write("api/ignored", "one\n")
	docker := r.Tool("docker", bakes("api", ""))
	r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
	r.Write("api/ignored", "two\n")
	r.Run(buildCall(Options{})).Want(t, failure.OK, "nothing to build")
	if got := docker.Stdin(0); !strings.Contains(got, `/api/Dockerfile"`) {
		t.Errorf("the builder, which looks for it itself, got %s", got)
	}
	r.Write("api/Dockerfile", "FROM scratch\nARG COLOUR\nCOPY missing.txt /\n")
	r.Run(buildCall(Options{Dry: true})).Want(t, failure.OK, "Dockerfile changed")
	r.Remove("api/Dockerfile")
	r.Write("api/dockerfile", "FROM scratch\nCOPPY a.txt /\n")
	r.Run(buildCall(Options{})).Want(t, failure.Preflight, "api/dockerfile:2: COPPY is no instruction")
	t.Log("a name that is given is that name")
	r.Write("compose/docker-compose.backend.yml", strings.ReplaceAll(backendCompose, "context: ../api", "context: ../api\n      dockerfile: DOCKERFILE"))
	r.Run(buildCall(Options{})).Want(t, failure.Preflight, "there is no Dockerfile api/DOCKERFILE")
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
