package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// refusals are what a target refuses before anything is done: the message and
// the hint, whole.
var refusals = []struct {
	name   string
	change func(*commandtest.Repository, *commandtest.Engine)
	o      Options
	code   failure.Code
	says   string
}{
	{"no such service", nil, Options{All: true, Services: []string{"pgae"}}, failure.Usage,
		"service \"pgae\" has no build section\n  → did you mean page? services with one: api, page, worker"},
	{"a service that is not built", nil, Options{All: true, Services: []string{"db"}}, failure.Usage,
		"service \"db\" has no build section\n  → services with one: api, page, worker"},
	{"an empty list of services", nil, Options{All: true, Services: []string{""}}, failure.Usage,
		"-services is empty\n  → name some, or leave -services out; services with a build section are: api, page, worker"},
	{"an empty platform", nil, Options{Platforms: []string{""}}, failure.Usage,
		"-platform is empty\n  → name some, or leave -platform out; a platform is os/arch: linux/amd64,linux/arm64"},
	{"no platform", nil, Options{Platforms: []string{"linux/amd64", "arm64"}}, failure.Usage,
		"-platform: \"arm64\" is no platform\n  → os/arch, comma separated: -platform=linux/amd64,linux/arm64"},
	{"an empty registry", nil, Options{Push: " "}, failure.Usage,
		"-push is empty\n  → name some, or leave -push out; a registry is host/path: -push=registry.example/team"},
	{"an address", nil, Options{Push: "https://registry.example"}, failure.Usage,
		"-push: \"https://registry.example\" is no registry\n  → its host, and a path in it, in small letters and without https://: -push=registry.example/team"},
	{"two platforms for the engine", nil, Options{Platforms: []string{"linux/amd64", "linux/arm64"}}, failure.Preflight,
		"the builder \"default\" makes images of one platform only\n  → docker buildx create --use --driver docker-container, then this again with -push=REGISTRY"},
	{"two platforms without a registry", func(r *commandtest.Repository, _ *commandtest.Engine) { builder(r) },
		Options{Platforms: []string{"linux/amd64", "linux/arm64"}}, failure.Usage,
		"the engine keeps one platform of an image\n  → add -push=REGISTRY, which can hold them all, or choose one -platform"},
	{"a builder that is not there", func(r *commandtest.Repository, _ *commandtest.Engine) { r.Env = append(r.Env, "BUILDX_BUILDER=gone") },
		Options{}, failure.Preflight, "no buildx builder \"gone\" (BUILDX_BUILDER)\n  → choose one of docker buildx ls, or unset BUILDX_BUILDER"},
	{"no build section", func(r *commandtest.Repository, _ *commandtest.Engine) {
		r.Write("compose/docker-compose.yml", "services: {db: {image: \"postgres:16\"}}\n")
		r.Remove("compose/docker-compose.backend.yml")
	}, Options{All: true}, failure.Preflight, "no service has a build section\n  → add build: to a service of the Compose files"},
	{"no file of the backend", func(r *commandtest.Repository, _ *commandtest.Engine) { r.Remove("compose/docker-compose.backend.yml") },
		Options{}, failure.Preflight, "there is no compose/docker-compose.backend.yml\n  → mage build:all builds every build section: page"},
	{"a backend that is not built", func(r *commandtest.Repository, _ *commandtest.Engine) {
		r.Write("compose/docker-compose.backend.yml", "services: {api: {image: \"api:1\"}}\n")
	}, Options{}, failure.Preflight, "no service of compose/docker-compose.backend.yml has a build section\n  → mage build:all builds every build section: page"},
	{"a tag of a variable that is not set", func(r *commandtest.Repository, _ *commandtest.Engine) {
		r.Write("compose/docker-compose.backend.yml", "services:\n  api:\n    image: team/api:${TAG}\n    build: ../api\n")
	}, Options{}, failure.Preflight, "compose/docker-compose.backend.yml:3: services.api.image is no name of an image: \"team/api:\": variable TAG is not set\n" +
		"  → set TAG in env/.env.local"},
	{"no Dockerfile", func(r *commandtest.Repository, _ *commandtest.Engine) { r.Remove("api/Dockerfile") }, Options{}, failure.Preflight,
		"service api: there is no Dockerfile api/Dockerfile\n  → write it, or correct build.dockerfile in the Compose file, which is relative to build.context"},
	{"a Dockerfile by URL", func(r *commandtest.Repository, _ *commandtest.Engine) {
		r.Write("compose/docker-compose.backend.yml", "services:\n  api: {build: {context: ../api, dockerfile: \"https://example.com/a/Dockerfile\"}}\n")
	}, Options{}, failure.Preflight, "service api: build.dockerfile is a URL, which docker compose takes for a path below the context\n" +
		"  → make it the context, build: URL, where it copies nothing; else fetch the file, or name a Git repository"},
	{"a mistake in a Dockerfile", func(r *commandtest.Repository, _ *commandtest.Engine) {
		r.Write("api/Dockerfile", "FROM scratch\nCOPPY a b\n")
	},
		Options{}, failure.Preflight, "api/Dockerfile:2: COPPY is no instruction\n  COPPY a b\n  → did you mean COPY?"},
	{"an argument that holds a secret", func(r *commandtest.Repository, _ *commandtest.Engine) {
		r.Write("env/.env.example", "# [secret]\nTOKEN=\n")
		r.Write("env/.env.local", "TOKEN=canary-and-long\n")
		r.Write("compose/docker-compose.backend.yml", strings.ReplaceAll(backendCompose, "red", "\"${TOKEN}\""))
	}, Options{}, failure.Preflight, "service api: build argument COLOUR holds the secret TOKEN, which the image's history shows to everybody\n" +
		"  in the Compose file, in place of it:\n    services: {api: {build: {secrets: [COLOUR]}}}\n    secrets: {COLOUR: {environment: TOKEN}}\n" +
		"  in the Dockerfile, where it is needed:\n    RUN --mount=type=secret,id=COLOUR … $(cat /run/secrets/COLOUR)\n" +
		"  if everybody may read it:\n    services: {api: {x-spellbook: {build: {allow-args: [COLOUR], reason: …}}}}\n" +
		"  → take it out of the section's args, and hand it over as a BuildKit secret as above"},
	{"two builds of one name", func(r *commandtest.Repository, _ *commandtest.Engine) {
		r.Write("compose/docker-compose.backend.yml", strings.Replace(backendCompose, "red", "blue", 1))
	}, Options{}, failure.Preflight, "services api and worker build team/api:dev in different ways\n" +
		"  → make their build sections the same, or give one of them an image: of its own"},
	{"contexts in a circle", func(r *commandtest.Repository, _ *commandtest.Engine) {
		r.Write("compose/docker-compose.backend.yml", "services:\n  api: {build: {context: ../api, additional_contexts: {x: \"service:page\"}}}\n"+
			"  page: {build: {additional_contexts: {x: \"service:api\"}}}\n")
	}, Options{All: true}, failure.Preflight, "build contexts form a circle: api → page → api\n  → take one of the service: contexts out of additional_contexts"},
	{"a context of what is not built", func(r *commandtest.Repository, _ *commandtest.Engine) {
		r.Write("compose/docker-compose.backend.yml", "services:\n  api: {build: {context: ../api, additional_contexts: {x: \"service:db\"}}}\n")
	}, Options{}, failure.Preflight, "compose/docker-compose.backend.yml:2: service api declares non-buildable service \"db\" as additional contexts x\n  → correct this service"},
}

func TestWhatABuildRefusesIsToldWithWhatToDoAndNothingIsDone(t *testing.T) {
	t.Parallel()
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, e := world(t)
			if c.change != nil {
				c.change(r, e)
			}
			x := r.Run(buildCall(c.o)).Want(t, c.code)
			if got := x.Failed.Error(); got != c.says {
				t.Errorf("it says\n%s\nwant\n%s", got, c.says)
			}
			if x.Out != "" || e.Done() != "" || r.Exists(".spellbook/demo/builds") || strings.Contains(x.String(), "canary") {
				t.Errorf("something was done, or a secret shows:\n%s%s", e.Done(), x)
			}
		})
	}
}

// Docker Compose has such links fail at the builder, which finds no file; a link within the
// directory is followed by both.
func TestADockerfileThatIsALinkOutOfItsDirectoryIsRefusedWithWhatToWrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ to, says string }{
		{"../docker/api.Dockerfile", "service api: Dockerfile api/Dockerfile is a link to docker/api.Dockerfile; a builder is sent the Dockerfile's own directory alone\n" +
			"  → write dockerfile: ../docker/api.Dockerfile, or put the file where the link is"},
		{"ABSOLUTE", "service api: Dockerfile api/Dockerfile is a link to api/real; a builder is sent the Dockerfile's own directory alone\n" +
			"  → write dockerfile: real, or put the file where the link is"},
		{"real", ""},
	} {
		r, _ := world(t)
		r.Write("docker/api.Dockerfile", "FROM scratch\n")
		r.Write("api/real", r.Read("api/Dockerfile"))
		r.Remove("api/Dockerfile")
		link := filepath.Join(r.Dir, "api", "Dockerfile")
		if err := os.Symlink(strings.Replace(c.to, "ABSOLUTE", filepath.Join(r.Dir, "api", "real"), 1), link); err != nil {
			t.Fatal(err)
		}
		if c.says == "" {
			r.Run(planCall(false)).Want(t, failure.OK)
		} else if got := r.Run(planCall(false)).Want(t, failure.Preflight).Failed.Error(); got != c.says {
			t.Errorf("%s: it says\n%s\nwant\n%s", c.to, got, c.says)
		}
	}
}

func TestAnEngineThatDoesNotAnswerIsToldWithWhatToDo(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Env = append(r.Env, "DOCKER_HOST=unix:///nowhere.sock")
	for _, do := range []commandtest.Target{buildCall(Options{}), planCall(false), imagesCall(false), explainCall("api", false)} {
		r.Run(do).Want(t, failure.Preflight, "/nowhere.sock", "\n  → ")
	}
}
