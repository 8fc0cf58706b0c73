package build

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// An image has a row for each repository that it has names in, or one without;
// the newest is the first.
func TestImagesAreThoseOfTheProjectWithWhoUsesThem(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	now := commandtest.Document[report.BuildPlan](t, r.Run(planCall(true))).Builds[1].Image
	of := commandtest.Of("demo", "io.spellbook.build.name", "page")
	e.Images = []*commandtest.Image{
		{ID: "sha256:old", Labels: of, Size: 1_000_000, Created: r.Now.AddDate(0, 0, -3)},
		{ID: "sha256:new", Tags: []string{now, "demo-page:latest", "mirror.example/page:0123456789abcdef", "mirror.example/page:v1"},
			Labels: of, Size: 2_500_000, Created: r.Now.AddDate(-1, 0, 0), Tagged: r.Now.Add(-time.Minute)},
		{ID: "sha256:other", Tags: []string{"theirs:1"}, Labels: commandtest.Of("another"), Size: 1},
	}
	page, other := r.Container("page", "demo-page:latest"), r.Container("theirs", "demo-page:latest")
	page.ImageID, other.ImageID = "sha256:new", "sha256:new"
	other.Labels = commandtest.Of("another", "com.docker.compose.service", "theirs")
	e.Containers = []*commandtest.Container{page, other}
	r.Transcript("testdata/images.golden", []commandtest.Command{{Line: "build:images", Do: imagesCall(false)}})
	x := r.Run(imagesCall(true)).Want(t, failure.OK)
	schematest.Validate(t, "buildimages", []byte(x.Out))
	list := commandtest.Document[report.Images](t, x).Images
	if len(list) != 3 || list[0].ID != "sha256:new" || !list[0].Current || strings.Join(list[0].UsedBy, " ") != "page" ||
		list[1].Key != "0123456789abcdef" || strings.Join(list[1].Tags, " ") != "v1" || list[2].Current || list[2].Repository != "" {
		t.Errorf("got %+v", list)
	}
}

// page cannot be built.
func TestABrokenSectionHidesNeitherImagesNorWhatAnotherServiceIsMadeFrom(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	e.Images = []*commandtest.Image{{ID: "sha256:old", Tags: []string{"demo-page:latest"}, Labels: commandtest.Of("demo", "io.spellbook.build.name", "page"), Size: 1}}
	r.Write("page/Dockerfile", "FORM scratch\n")
	r.Run(planCall(false)).Want(t, failure.Preflight, "FORM")
	r.Run(explainCall("page", false)).Want(t, failure.Preflight, "FORM")
	r.Run(explainCall("api", false)).Want(t, failure.OK, "api")
	x := r.Run(imagesCall(true)).Want(t, failure.OK, "warning: which images are current is not known: ", "FORM")
	if list := commandtest.Document[report.Images](t, x).Images; len(list) != 1 || list[0].ID != "sha256:old" || list[0].Current {
		t.Errorf("got %+v", list)
	}
}

// Each kind of input has a word of its own in the report and the document.
func TestWhatChangedSinceTheLastBuildIsToldByItsKind(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	base := &commandtest.Image{ID: "sha256:" + strings.Repeat("b", 64), Tags: []string{"base.example/base:1"}}
	e.Images = append(e.Images, base)
	r.Write("api/Dockerfile", "FROM base.example/base:1\nARG COLOUR\nCOPY . /\n")
	r.Write("api/gone.txt", "gone\n")
	r.Tool("docker", bakes("api", ""))
	r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
	r.Write("api/Dockerfile", "FROM base.example/base:1 AS last\nARG COLOUR\nCOPY . /\n")
	r.Write("api/new.txt", "new\n")
	r.Remove("api/gone.txt")
	base.ID = "sha256:" + strings.Repeat("d", 64)
	r.Write("compose/docker-compose.backend.yml", strings.ReplaceAll(backendCompose, "args: {COLOUR: red}",
		"args: {COLOUR: blue}\n      target: last\n      labels: {team: red}\n      additional_contexts: {far: \"https://example.com/far.git\"}"))
	r.Transcript("testdata/explained.golden", []commandtest.Command{{Line: "build:explain api", Do: explainCall("api", false)}})
	x := r.Run(explainCall("api", true)).Want(t, failure.OK)
	schematest.Validate(t, "buildexplain", []byte(x.Out))
	for _, c := range commandtest.Document[report.Explanation](t, x).Changes {
		if c.Input == "" || c.How == "" {
			t.Errorf("a change without a word: %+v", c)
		}
	}
}

// Nothing is asked of the engine or of docker that a name needs: the image is
// there under another one.
func TestAnImageThatLostItsNameIsNamedAndNotBuilt(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	r.Tool("docker", bakes("api", ""))
	r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
	api := e.Image(commandtest.BuiltID("api"))
	key := slices.DeleteFunc(slices.Clone(api.Tags), func(tag string) bool { return tag == "team/api:dev" })[0]
	api.Tags = []string{key}
	before := e.Done()
	x := r.Run(buildCall(Options{JSON: true})).Want(t, failure.OK, `"state": "tagged"`, `"cause": "image is there as `+key)
	schematest.Validate(t, "build", []byte(x.Out))
	if got := strings.TrimPrefix(e.Done(), before+"\n"); got != "POST images/"+key+"/tag team/api:dev" {
		t.Errorf("the engine was told\n%s", got)
	}
	t.Log("a name that another's image has is that image's, and is built over")
	api.Tags = []string{key}
	e.Images = append(e.Images, &commandtest.Image{ID: "sha256:theirs", Tags: []string{"team/api:dev"}})
	r.Run(buildCall(Options{Dry: true})).Want(t, failure.OK, "team/api:dev was built by something else")
	e.Fails = map[string]string{"POST images/" + commandtest.BuiltID("api") + "/tag team/api:dev": "the disk is full"}
	r.Run(buildCall(Options{})).Want(t, failure.Unexpected, `tag image "`+commandtest.BuiltID("api")+`" as "team/api:dev"`, "the disk is full")
}

// What the files came to is remembered, and counts while nothing is changed that
// they are read from.
func TestTheAnswerFromMemoryIsOfWhatTheFilesSayNow(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*commandtest.Repository){
		"a Compose file": func(r *commandtest.Repository) { r.Write("compose/docker-compose.yml", buildCompose+"# more\n") },
		"the backend's": func(r *commandtest.Repository) {
			r.Write("compose/docker-compose.backend.yml", backendCompose+"# more\n")
		},
		"a new Compose file":           func(r *commandtest.Repository) { r.Write("compose/docker-compose.local.yml", "services: {}\n") },
		"the environment":              func(r *commandtest.Repository) { r.Write("env/.env.local", "A=2\n") },
		"the template":                 func(r *commandtest.Repository) { r.Write("env/.env.example", "A=2\n") },
		"a variable that a file names": func(r *commandtest.Repository) { r.Env = append(r.Env, "A=3") },
		"a plugin":                     func(r *commandtest.Repository) { r.Env = append(r.Env, "PLUGINS=shelf") },
		"another home":                 func(r *commandtest.Repository) { r.Env = append(r.Env, "HOME="+r.Dir) },
		"a variable of Compose":        func(r *commandtest.Repository) { r.Env = append(r.Env, "COMPOSE_PROFILES=x") },
		"a variable of buildx":         func(r *commandtest.Repository) { r.Env = append(r.Env, "BUILDX_GIT_INFO=1") },
		"what is remembered":           func(r *commandtest.Repository) { r.Write(".spellbook/build-backend.json", "{") },
		"the image":                    nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, e := world(t)
			r.Now = time.Now().Add(time.Hour) // later than all files
			r.Tool("docker", bakes("api", ""))
			r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
			if !remembers(r) {
				t.Fatal("it is not remembered")
			}
			r.Env = append(r.Env, "NOBODY=names it")
			if r.Write("page/unrelated.txt", "x"); !remembers(r) {
				t.Error("what no file names counts")
			}
			if change == nil {
				change = func(*commandtest.Repository) { e.Images = nil }
			}
			if change(r); remembers(r) {
				t.Error("it is answered from memory all the same")
			}
		})
	}
}

// remembers: build:backend answers that there is nothing to build, from memory.
func remembers(r *commandtest.Repository) (done bool) {
	r.Run(func(ctx context.Context, w *app.Run) error {
		done = (&Operation{Began: w.Now(), Format: w.Format(false)}).isUpToDate(ctx, w)
		return nil
	})
	return done
}

func TestNoFlagIsAnsweredFromMemory(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{Services: []string{"api"}}, {Platforms: []string{"linux/amd64"}}, {Push: "registry.example"}, {Force: true}, {Dry: true}} {
		if o.ordinary() {
			t.Errorf("%+v is", o)
		}
	}
	for _, o := range []Options{{}, {All: true}, {JSON: true}} {
		if !o.ordinary() {
			t.Errorf("%+v is not", o)
		}
	}
}
