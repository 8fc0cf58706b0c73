package deploy_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// elsewhere is a store that is pulled, and an application that is built.
const elsewhere = `
  store:
    image: ${STORE_IMAGE}
    environment: {BOOT: 100ms, SOCKET_ONLY_INIT: 100ms}
    volumes: [data:/data]
    restart: always
    ` + stacktest.Health + `
  api:
    build: ../api
    environment: {BOOT: 100ms, SOCKET_ONLY_INIT: 100ms}
    ports: ["8000:8080"]
    stop_grace_period: 1s
    ` + stacktest.Health + `
    depends_on: {store: {condition: service_healthy}}
  worker:
    build: ../api
    environment: {BOOT: 100ms}
    stop_grace_period: 1s
    ` + stacktest.Health + `
volumes: {data: {}}
`

// here is what this machine is, there the server.
const here, there = "linux/amd64", "linux/386"

// apiSource is a build that begins with what was compiled for its platform.
func (l *live) apiSource(text string) {
	l.T.Helper()
	l.File("api/Dockerfile", "FROM scratch\nARG TARGETARCH\nCOPY service-$TARGETARCH /service\nCOPY text /\nWORKDIR /tmp\nEXPOSE 8080\nENTRYPOINT [\"/service\"]\n")
	l.File("api/text", text)
	for _, arch := range []string{"amd64", "386"} {
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(l.Dir, "api/service-"+arch), "./test/fixture/service")
		cmd.Dir, cmd.Env = stacktest.Root(l.T), append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
		if out, err := cmd.CombinedOutput(); err != nil {
			l.T.Fatalf("%v: %v\n%s", cmd.Args, err, out)
		}
	}
}

// index publishes images of both platforms under one name, which this machine then
// has for its own platform, as after a pull.
func (l *live) index(registry, name string, images ...string) string {
	l.T.Helper()
	ref := registry + "/" + l.Name + "/" + name
	create := []string{"buildx", "imagetools", "create", "--tag", ref + ":1"}
	for _, image := range images {
		one := ref + ":" + strings.NewReplacer("/", "-", ":", "-").Replace(image)
		stacktest.Docker(l.T, "tag", image, one)
		stacktest.Docker(l.T, "push", "-q", one)
		stacktest.Docker(l.T, "rmi", one)
		create = append(create, one)
	}
	stacktest.Docker(l.T, create...)
	stacktest.Docker(l.T, "pull", "-q", ref+":1")
	l.T.Cleanup(func() {
		out, _ := exec.Command("docker", "images", "--digests", "--format", "{{.Repository}}@{{.Digest}}", ref).Output()
		_ = exec.Command("docker", append([]string{"rmi", ref + ":1"}, strings.Fields(string(out))...)...).Run()
	})
	return ref + ":1"
}

// tags are what this machine has under the names of its own images.
func (l *live) tags(names ...string) string {
	l.T.Helper()
	return stacktest.Docker(l.T, append([]string{"image", "inspect", "--format", "{{.Id}} {{.Architecture}} {{.RepoDigests}}"}, names...)...)
}

func TestAServerOfAnotherPlatformGetsImagesForItsOwn(t *testing.T) {
	t.Parallel()
	l := newLive(t, "386", elsewhere)
	if got := l.server.Docker("version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"); got != there+"\n" {
		t.Fatalf("the server is %s", got)
	}
	l.apiSource("one")
	registry := stacktest.Registry(t)
	other := l.Name + "-service:386"
	stacktest.Docker(t, "build", "-q", "--platform", there, "--tag", other, filepath.Join(l.Dir, "api"))
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", other).Run() })
	store, gateway := l.index(registry, "service", "lab/service:1", other), l.index(registry, "haproxy", "lab/haproxy:2.6", "lab/haproxy:386")
	l.Env = append(l.Env, "STORE_IMAGE="+store, "DEPLOY_GATEWAY_IMAGE="+gateway)

	builds := func(ctx context.Context, w *app.Run) error { return build.Build(ctx, w, build.Options{All: true}) }
	l.Run(builds).Want(t, failure.OK)
	local := func() string {
		l.Up(infra.UpOptions{Services: []string{"store"}}).Want(t, failure.OK)
		return l.IDs()["store"]
	}
	runs := local()
	mine := []string{store, gateway, l.Name + "-api"}
	before := l.tags(mine...)
	if strings.Count(before, " amd64 ") != len(mine) {
		t.Fatalf("this machine has\n%s", before)
	}

	l.untouched(func() {
		l.text(failure.Changes).Says(t, "image of api for "+there+": to be built", "image of store for "+there+": "+store+" is not on this machine")
		l.refusals()
	})
	l.deploy().Want(t, failure.OK).Says(t, "the first release", "pulled "+gateway+" ", "image of store for "+there)
	first := l.status().Release.ID
	l.serves(first)
	for _, name := range []string{"shop-store-1", "shop-spellbook-gateway-1", "shop-api-" + first} {
		image := strings.TrimSpace(l.server.Docker("inspect", "--format", "{{.Image}}", name))
		if got := l.server.Docker("image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", image); got != there+"\n" {
			t.Errorf("%s has an image for %s", name, got)
		}
		pid := strings.TrimSpace(l.server.Docker("inspect", "--format", "{{.State.Pid}}", name))
		if got := l.server.Exec("sh", "-c", "head -c5 /proc/"+pid+"/exe | od -An -tx1"); got != " 7f 45 4c 46 01\n" { // a 32-bit ELF
			t.Errorf("%s runs a program that begins with %s", name, got)
		}
	}
	if got := get(t, "http://"+l.server.IP()+":8000/"); got == "" {
		t.Error("the gateway answers nothing")
	}

	l.deploy().Want(t, failure.OK).Says(t, "nothing to do").SaysNot(t, "pull")
	if after := l.tags(mine...); after != before {
		t.Errorf("this machine's images were\n%s\nand are\n%s", before, after)
	}
	l.Run(builds).Want(t, failure.OK).Says(t, "nothing to build")
	if now := local(); now != runs {
		t.Error("this machine's store was made anew")
	}

	l.File("api/text", "two")
	l.deploy().Want(t, failure.OK).Says(t, "api: image", "untouched: spellbook-gateway, store")
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Rollback(ctx, w, deploy.RollbackOptions{Env: "live", Yes: true})
	}).Want(t, failure.OK)
	l.serves(first)
}

// refusals are what there is not for the server's platform.
func (l *live) refusals() {
	l.T.Helper()
	l.deploy("STORE_IMAGE=lab/service:1").Want(l.T, failure.Preflight).
		Says(l.T, "building for api, worker (no image yet for "+there+")", "image lab/service:1 cannot be had for "+there+", which the server is", "name one in the Compose files that there is for "+there)
	l.deploy("DEPLOY_GATEWAY_IMAGE=lab/haproxy:2.6").Want(l.T, failure.Preflight).Says(l.T, "name one as DEPLOY_GATEWAY_IMAGE")
	compose := l.Read("compose/docker-compose.yml")
	l.Write(strings.Replace(elsewhere, "image: ${STORE_IMAGE}", "image: ${STORE_IMAGE}\n    platform: "+here, 1))
	l.deploy().Want(l.T, failure.Preflight).Says(l.T, "service store: platform says "+here+", and the server is "+there)
	l.File("compose/docker-compose.yml", compose)
}
