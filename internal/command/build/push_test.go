package build

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// builder gives the run a builder of its own, whose driver is docker-container.
func builder(r *commandtest.Repository) {
	r.Write("docker/buildx/instances/own", `{"Name":"own","Driver":"docker-container","Nodes":[{"Endpoint":"unix:///x.sock"}]}`)
	r.Env = append(r.Env, "DOCKER_CONFIG="+r.Dir+"/docker", "BUILDX_BUILDER=own")
}

func TestAnImageIsPushedUnderAllItsNamesOnceItIsThere(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	docker := r.Tool("docker", bakes("api", ""), commandtest.Call{Args: "push --quiet registry.example/x/team/api:*"})
	doc := r.Run(buildCall(Options{Push: "registry.example/x", JSON: true})).Want(t, failure.OK, `"registry.example/x/team/api:dev"`)
	schematest.Validate(t, "build", []byte(doc.Out))
	r.Run(buildCall(Options{Push: "registry.example/x"})).Want(t, failure.OK, "exists") // once more: a registry may have lost it
	var pushed []string
	for line := range strings.Lines(docker.Calls()) {
		if ref, is := strings.CutPrefix(line, "push --quiet registry.example/x/"); is {
			pushed = append(pushed, ref)
		}
	}
	if len(pushed) != 4 || pushed[0] != pushed[2] || pushed[1] != "team/api:dev\n" || pushed[3] != "team/api:dev\n" {
		t.Errorf("pushed %q", pushed)
	}
	if e.Image("registry.example/x/team/api:dev") == nil {
		t.Errorf("the engine was told\n%s", e.Done())
	}
}

func TestAPushThatFailsSaysWhyAndHowToSignIn(t *testing.T) {
	t.Parallel()
	for said, says := range map[string]string{
		"The push refers to a repository\ndenied: no leave\n": "denied: no leave",
		"": "no reason given",
	} {
		r, _ := world(t)
		docker := r.Tool("docker", bakes("api", ""), commandtest.Call{Args: "push --quiet *", Err: said, Exit: 1})
		doc := r.Run(buildCall(Options{Push: "registry.example/x", JSON: true})).Want(t, failure.Preflight, `/team/api:`, `": `+says,
			"\n  → is the registry reachable, and are you signed in? docker login registry.example", `"state": "built"`, `"exit_code": 3`)
		schematest.Validate(t, "build", []byte(doc.Out))
		if strings.Count(docker.Calls(), "push") != 1 || strings.Contains(doc.Out, `"pushed"`) {
			t.Errorf("called\n%s%s", docker.Calls(), doc)
		}
	}
}

// containerd's image store keeps several platforms under one name.
func TestAnEngineThatCanKeepsAllPlatformsThatAreAskedFor(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	e.Snapshotter = true
	docker := r.Tool("docker", bakes("api", ""))
	both := Options{Platforms: []string{"linux/arm64", "linux/amd64"}}
	r.Run(buildCall(both)).Want(t, failure.OK, "built")
	if got := docker.Stdin(0); !strings.Contains(got, `"platforms":["linux/amd64","linux/arm64"]`) || !strings.Contains(docker.Calls(), ".output=type=docker api") {
		t.Errorf("called with %s\n%s", docker.Calls(), got)
	}
	if image := e.Image("team/api:dev"); image == nil || image.ID != commandtest.BuiltID("api") {
		t.Errorf("the engine was told\n%s", e.Done())
	}
	r.Run(buildCall(both)).Want(t, failure.OK, "exists, nothing to build")
	t.Log("the image of one platform is another")
	r.Run(buildCall(Options{Dry: true})).Want(t, failure.OK, "platform changed")
}

// One image has one size, which is the one that docker images tells.
func TestTheSizeOfAnImageIsTheSameInEachReport(t *testing.T) {
	t.Parallel()
	for _, snapshotter := range []bool{false, true} {
		r, e := world(t)
		e.Snapshotter = snapshotter
		r.Tool("docker", bakes("api", ""))
		doc := commandtest.Document[report.BuildReport](t, r.Run(buildCall(Options{JSON: true})).Want(t, failure.OK))
		e.Image("team/api:dev").Labels = commandtest.Of("demo", "io.spellbook.build.name", "api")
		list := commandtest.Document[report.Images](t, r.Run(imagesCall(true)).Want(t, failure.OK)).Images
		if len(list) != 1 || list[0].Size == 0 || list[0].Size != doc.Builds[0].Size {
			t.Errorf("with containerd's store %v: %d bytes, then %+v", snapshotter, doc.Builds[0].Size, list)
		}
	}
}

// platforms of a section are those of a registry: an engine gets its own.
func TestAnEngineGetsItsOwnPlatformAndARegistryAll(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	r.Write("compose/docker-compose.backend.yml", strings.ReplaceAll(backendCompose, "context: ../api", "context: ../api\n      platforms: [linux/amd64, linux/arm64]"))
	docker := r.Tool("docker", bakes("api", ""))
	r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
	if got := docker.Stdin(0); !strings.Contains(got, `"platforms":["linux/amd64"]`) {
		t.Errorf("the builder got %s", got)
	}
	if !strings.Contains(docker.Calls(), ".output=type=docker api") {
		t.Errorf("called with %s", docker.Calls())
	}
	r.Env = append(r.Env, "DOCKER_DEFAULT_PLATFORM=linux/arm64") // as is a service's own platform:
	r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
	if got := docker.Stdin(0); !strings.Contains(got, `"platforms":["linux/arm64"]`) {
		t.Errorf("where the service is to run on another the builder got %s", got)
	}
	r.Env = append(r.Env, "DOCKER_DEFAULT_PLATFORM=")
	builder(r)
	before := e.Done()
	r.Run(buildCall(Options{Push: "registry.example"})).Want(t, failure.OK, "registry.example/team/api:")
	if got := docker.Stdin(0); !strings.Contains(got, `"platforms":["linux/amd64","linux/arm64"]`) || !strings.Contains(got, `"registry.example/team/api:dev"`) {
		t.Errorf("the builder got %s", got)
	}
	if !strings.Contains(docker.Calls(), "--builder own") || !strings.Contains(docker.Calls(), ".output=type=image,push=true api") || e.Done() != before {
		t.Errorf("called with %s", docker.Calls())
	}
	planned := func() report.PlannedBuild {
		x := r.Run(buildCall(Options{Push: "registry.example", Dry: true, JSON: true})).Want(t, failure.OK)
		return commandtest.Document[report.BuildPlan](t, x).Builds[0]
	}
	if one := planned(); one.Cause != "image is gone" {
		t.Errorf("of a registry that lost it: %s", one.Cause)
	}
	e.Registry = map[string]string{}
	for _, name := range planned().Push {
		e.Registry[name] = "sha256:" + strings.Repeat("a", 64)
	}
	if one := planned(); one.State != report.ImageExists {
		t.Errorf("of a registry that has it: %s", one.State)
	}
}

func TestAFileThatChangesWhileARegistryGetsItIsTold(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	builder(r)
	r.Tool("docker", bakes("api", "echo meanwhile >'"+r.Dir+"/api/a.txt'"))
	x := r.Run(buildCall(Options{Push: "registry.example", Platforms: []string{"linux/amd64", "linux/arm64"}})).Want(t, failure.Preflight)
	if text := x.Failed.Error(); !strings.HasPrefix(text, "build team/api: a.txt changed while it was built, so registry.example/team/api:") ||
		!strings.HasSuffix(text, " is not what its key says\n  → mage build:backend -force -push=registry.example pushes it anew") {
		t.Errorf("it says\n%s", x)
	}
}

// inRegistry are the calls that ask a registry for an image of one layer.
func inRegistry(ref, layer string) []commandtest.Call {
	of := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	config := `{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["` + layer + `"]}}`
	manifest := `{"schemaVersion":2,"config":{"digest":"` + of(config) + `"},"layers":[]}`
	repository, _, _ := strings.Cut(ref, ":")
	const inspect = "buildx imagetools inspect --raw -- "
	return []commandtest.Call{{Args: inspect + ref, Out: manifest}, {Args: inspect + repository + "@" + of(config), Out: config}}
}

// bases: an engine's own builder starts from the engine's image, another one
// from what the registry has.
func TestABaseImageIsTheEnginesOrTheRegistrys(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	r.Write("api/Dockerfile", "FROM base.example/base:1\nARG COLOUR\nCOPY a.txt /\n")
	digest := func(c string) string { return "sha256:" + strings.Repeat(c, 64) }
	e.Images = append(e.Images, &commandtest.Image{ID: digest("b"), Tags: []string{"base.example/base:1"}})
	docker := r.Tool("docker", append(inRegistry("base.example/base:1", digest("b")), bakes("api", ""))...)
	key := func() string {
		return commandtest.Document[report.BuildPlan](t, r.Run(planCall(true)).Want(t, failure.OK)).Builds[0].Key
	}
	engines := key()
	if docker.Calls() != "" {
		t.Errorf("a registry is asked although the engine has it: %s", docker.Calls())
	}
	e.Images[len(e.Images)-1].ID = digest("d")
	if key() == engines {
		t.Error("another base has the same key")
	}
	builder(r)
	registrys := key()
	if registrys != engines {
		t.Error("the same base has another key where it is in a registry alone")
	}
	r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
	asked := strings.Count(docker.Calls(), "imagetools")
	r.Run(buildCall(Options{})).Want(t, failure.OK, "exists")
	if again := strings.Count(docker.Calls(), "imagetools"); again != asked {
		t.Errorf("within a day the registry is asked again")
	}
	r.Run(buildCall(Options{Force: true})).Want(t, failure.OK, "built")
	if again := strings.Count(docker.Calls(), "imagetools"); again == asked {
		t.Errorf("-force does not ask the registry")
	}
}

// Another checkout built from the base as it is now while this one believes what the
// registry said some hours ago.
func TestANameIsNotGivenBackToAnImageOfAnOlderBase(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	r.Write("api/Dockerfile", "FROM base.example/base:1\nARG COLOUR\nCOPY a.txt /\n")
	registry := func(layer string) {
		r.Tool("docker", append(inRegistry("base.example/base:1", layer), bakes("api", ""))...)
	}
	registry("sha256:" + strings.Repeat("b", 64))
	r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
	r.Tool("docker", inRegistry("base.example/base:1", "sha256:"+strings.Repeat("c", 64))...)
	r.Now = r.Now.Add(time.Hour)
	r.Run(buildCall(Options{})).Want(t, failure.OK, "exists")
	path := ".spellbook/demo/bases.json"
	believed := r.Read(path)
	r.Write(path, "{}")
	newer := commandtest.Document[report.BuildPlan](t, r.Run(planCall(true)).Want(t, failure.OK)).Builds[0].Image
	r.Write(path, believed)
	ours := e.Image("team/api:dev")
	ours.Tags = slices.DeleteFunc(ours.Tags, func(tag string) bool { return tag == "team/api:dev" })
	e.Images = append(e.Images, &commandtest.Image{ID: "sha256:newer", Tags: []string{newer, "team/api:dev"}})
	r.Run(buildCall(Options{})).Want(t, failure.OK, newer+" exists")
}

func TestABaseThatNoRegistryTellsIsRemembered(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	builder(r)
	r.Write("api/Dockerfile", "FROM base.example/base:1\nARG COLOUR\nCOPY a.txt /\n")
	r.Tool("docker", append(inRegistry("base.example/base:1", "sha256:"+strings.Repeat("c", 64)), bakes("api", ""))...)
	r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
	r.Now = r.Now.AddDate(0, 0, 2)
	r.Tool("docker", commandtest.Call{Args: "buildx imagetools inspect *", Err: "ERROR: dial tcp: no route\n", Exit: 1})
	r.Run(planCall(false)).Want(t, failure.OK, "exists",
		"warning: build team/api: the registry does not tell what base.example/base:1 is now; what it said on 2026-05-06 is taken\n")
}
