package build

import (
	"context"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// What each flag changes, and what each command says before and after a build.
func TestBuildTargetsSayWhatTheirTranscriptSays(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	docker := r.Tool("docker", bakes("api", ""), bakes("page", ""))
	r.Transcript("testdata/build.golden", []commandtest.Command{
		{Line: "build:plan", Do: planCall(false)},
		{Line: "build:explain worker", Do: explainCall("worker", false)},
		{Line: "build:images", Do: imagesCall(false)},
		{Line: "build:backend -dry", Do: buildCall(Options{Dry: true})},
		{Line: "build:all -dry", Do: buildCall(Options{All: true, Dry: true})},
		{Line: "build:all -services=page -dry", Do: buildCall(Options{All: true, Services: []string{"page"}, Dry: true})},
		{Line: "build:backend", Do: buildCall(Options{})},
		{Line: "build:backend", Do: buildCall(Options{})},
		{Line: "build:backend -force", Do: buildCall(Options{Force: true})},
		{Line: "build:all -services=page", Do: buildCall(Options{All: true, Services: []string{"page"}})},
		{Line: "build:all", Do: buildCall(Options{All: true})},
		{Line: "build:explain worker", Do: explainCall("worker", false)},
		{Line: "build:explain db", Do: explainCall("db", false)},
		{Line: "build:explain wroker", Do: explainCall("wroker", false)},
		{Line: "… api/a.txt changes, api/b.txt is new, COLOUR is blue, HUE is no ARG", Do: func(context.Context, *app.Run) error {
			r.Write("api/a.txt", "two\n")
			r.Write("api/b.txt", "new\n")
			r.Write("compose/docker-compose.backend.yml", strings.ReplaceAll(backendCompose, "red", "blue, HUE: 1"))
			return nil
		}},
		{Line: "build:explain api", Do: explainCall("api", false)},
		{Line: "build:plan", Do: planCall(false)},
		{Line: "build:backend -dry", Do: buildCall(Options{Dry: true})},
	})
	if got := strings.Count(docker.Calls(), "\n"); got != 3 {
		t.Errorf("docker was called %d times:\n%s", got, docker.Calls())
	}
}

// A target that only looks changes nothing: neither on the engine nor in what is
// remembered.
func TestTargetsThatOnlyLookChangeNothing(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	for _, do := range []commandtest.Target{planCall(false), planCall(true), imagesCall(false), imagesCall(true), explainCall("api", false),
		buildCall(Options{Dry: true}), buildCall(Options{All: true, Dry: true, JSON: true})} {
		r.Run(do).Want(t, failure.OK)
	}
	if e.Done() != "" || r.Exists(".spellbook") {
		t.Errorf("the engine was told\n%s", e.Done())
	}
}

func TestDocumentsOfBuildsAreWhatTheirSchemasSay(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Tool("docker", bakes("api", ""), bakes("page", ""))
	for _, c := range []struct {
		schema string
		do     commandtest.Target
		code   failure.Code
		says   []string
	}{
		{"buildplan", planCall(true), failure.OK, []string{`"state": "build"`, `"cause": "no image yet"`}},
		{"buildimages", imagesCall(true), failure.OK, []string{`"images": []`}},
		{"buildexplain", explainCall("api", true), failure.OK, []string{`"service": "api"`, `"state": "build"`}},
		{"buildexplain", explainCall("apy", true), failure.Usage, []string{`"error": "service \"apy\" has no build section"`, `"exit_code": 2`}},
		{"buildplan", buildCall(Options{All: true, Dry: true, JSON: true, Push: "registry.example/team"}), failure.OK,
			[]string{`"registry.example/team/team/api:dev"`, `"registry.example/team/demo-page:latest"`}},
		{"build", buildCall(Options{All: true, JSON: true}), failure.OK,
			[]string{`"changed": true`, `"state": "built"`, `"cached": true`, `"image_id": "` + commandtest.BuiltID("api"), `"size_bytes": 5000000`}},
		{"build", buildCall(Options{All: true, JSON: true}), failure.OK, []string{`"changed": false`, `"state": "exists"`}},
		{"buildplan", buildCall(Options{Dry: true, JSON: true}), failure.OK, []string{`"state": "exists"`}},
		{"buildimages", imagesCall(true), failure.OK, nil},
		{"buildexplain", explainCall("worker", true), failure.OK, []string{`"state": "exists"`, `"last_key": "`}},
	} {
		x := r.Run(c.do).Want(t, c.code, c.says...)
		schematest.Validate(t, c.schema, []byte(x.Out))
	}
}

// Also where there is nothing to build, as docker compose build does.
func TestAVariableThatIsNotSetIsToldByEachBuild(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", backendCompose+"x-told: \"${NOWHERE}\"\n")
	r.Tool("docker", bakes("api", ""))
	for _, says := range []string{"team/api", "nothing to build"} {
		x := r.Run(buildCall(Options{})).Want(t, failure.OK, says)
		if n := strings.Count(x.Err, `The "NOWHERE" variable is not set`); n != 1 {
			t.Errorf("told %d times:\n%s", n, x)
		}
	}
}
