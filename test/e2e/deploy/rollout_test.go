package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/deploytest"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// shop is an application of two services, one of them behind the gateway, and a
// store with data and a file of the repository.
const shop = `
  store:
    image: lab/service:1
    environment: {BOOT: 100ms, SOCKET_ONLY_INIT: 100ms, STORE_PASSWORD: "${STORE_PASSWORD:?}"}
    volumes: [data:/data, ./store:/settings:ro]
    restart: always
    ` + stacktest.Health + `
  migrate:
    image: lab/service:1
    x-spellbook: {role: app, migration: {compatible: true}}
    command: [oneshot]
    environment: {BOOT: 100ms, SOCKET_ONLY_INIT: 100ms, MIGRATE_TO: "store:8080"}
    depends_on: {store: {condition: service_healthy}}
  api:
    image: lab/service:1
    x-spellbook: {role: app}
    environment: {BOOT: 100ms, SOCKET_ONLY_INIT: 100ms, CRASH_AFTER: "${CRASH:-}", COLOUR: "${COLOUR:-red}", STORE_PASSWORD: "${STORE_PASSWORD:?}"}
    ports: ["8000:8080"]
    stop_grace_period: 1s
    restart: unless-stopped
    ` + stacktest.Health + `
    depends_on: {store: {condition: service_healthy}, migrate: {condition: service_completed_successfully}}
  worker:
    image: lab/service:1
    x-spellbook: {role: app}
    environment: {BOOT: 100ms, MIGRATE_TO: "", COLOUR: "${COLOUR:-red}"}
    stop_grace_period: 1s
    ` + stacktest.Health + `
    depends_on: [api]
volumes: {data: {}}
`

const password = "canary-4d1f0b6c2e"

// live is a repository with an environment whose server is one of deploytest.
type live struct {
	*stacktest.Stack

	server *deploytest.Server
	said   string // all that targets have printed
}

// newLive is a repository with these services, and a server.
func newLive(t *testing.T, version, services string) *live {
	t.Helper()
	l := &live{Stack: stacktest.New(t, services), server: deploytest.NewServer(t, version)}
	l.Env = append(l.Env, "PATH="+l.server.Path)
	l.sharesLayers()
	l.environment("500ms")
	return l
}

func newShop(t *testing.T, version string) *live {
	t.Helper()
	l := newLive(t, version, shop)
	l.File("compose/store/settings.txt", "one\n")
	return l
}

// then is a further test of the same server, which goes on from where the one before
// ended: after one that failed there is none.
func (l *live) then(name string, test func(t *testing.T, l *live)) {
	l.T.Helper()
	whole := l.T
	defer func() { l.T, l.server = whole, l.server.For(whole) }()
	if !whole.Run(name, func(t *testing.T) {
		l.T, l.server = t, l.server.For(t)
		test(t, l)
	}) {
		whole.FailNow()
	}
}

// sharesLayers has the repository keep its packed layers where all of these tests do:
// the lab's images are packed once.
func (l *live) sharesLayers() {
	l.T.Helper()
	cache, err := stacktest.Cache()
	if err != nil {
		l.T.Fatal(err)
	}
	shared, own := filepath.Join(cache, "layers"), filepath.Join(l.Dir, ".spellbook")
	if err := errors.Join(os.MkdirAll(shared, 0o700), os.MkdirAll(own, 0o700), os.Symlink(shared, filepath.Join(own, "registry"))); err != nil {
		l.T.Fatal(err)
	}
}

// drain is how long requests and streams of a release may go on.
const drain = 3 * time.Second

// environment is written anew, with a watch of that long.
func (l *live) environment(watch string) {
	l.T.Helper()
	if err := os.MkdirAll(filepath.Join(l.Dir, "env"), 0o700); err != nil {
		l.T.Fatal(err)
	}
	l.File("env/.env.live", fmt.Sprintf("DEPLOY_HOST=%s\nDEPLOY_NAME=shop\nDEPLOY_GATEWAY_IMAGE=lab/haproxy:2.6\nDEPLOY_WATCH=%s\nDEPLOY_DRAIN=%s\nDEPLOY_KEEP=2\nSTORE_PASSWORD=%s\n", l.server.Host, watch, drain, password))
}

func (l *live) deploy(environ ...string) stacktest.Result {
	l.T.Helper()
	return l.with(environ, func(ctx context.Context, w *app.Run) error {
		return deploy.To(ctx, w, deploy.Options{Env: "live", Yes: true})
	})
}

func (l *live) with(environ []string, do func(context.Context, *app.Run) error) stacktest.Result {
	l.T.Helper()
	before := l.Env
	l.Env = append(l.Env[:len(l.Env):len(l.Env)], environ...)
	r := l.Run(do)
	l.Env, l.said = before, l.said+r.All()
	return r
}

func (l *live) status() report.DeployStatus {
	l.T.Helper()
	var d report.DeployStatus
	r := l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Status(ctx, w, deploy.StatusOptions{Env: "live", JSON: true})
	}).Want(l.T, failure.OK)
	l.Decode("deploystatus", r.Out, &d)
	return d
}

// nothingYet calls the targets that look, at a server that knows nothing of us.
func (l *live) nothingYet() {
	l.T.Helper()
	if d := l.status(); d.Release != nil || len(d.Services) > 0 {
		l.T.Errorf("before the first deployment there is %+v", d)
	}
	for want, do := range map[string]func(context.Context, *app.Run) error{
		"nobody deploys to":  func(ctx context.Context, w *app.Run) error { return remote.Lock(ctx, w, "live", false) },
		"nobody deploys to ": func(ctx context.Context, w *app.Run) error { return remote.Unlock(ctx, w, "live", true) },
		"nothing was deployed": func(ctx context.Context, w *app.Run) error {
			return deploy.History(ctx, w, deploy.StatusOptions{Env: "live"})
		},
		"first release": func(ctx context.Context, w *app.Run) error {
			return deploy.To(ctx, w, deploy.Options{Env: "live", Dry: true})
		},
	} {
		l.with(nil, do).Want(l.T, failure.OK).Says(l.T, want)
	}
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Rollback(ctx, w, deploy.RollbackOptions{Env: "live", Yes: true})
	}).Want(l.T, failure.Preflight).Says(l.T, "nothing serves on")
	if left := l.server.Run("ls -A spellbook 2>&1 || true"); !strings.Contains(left, "No such file") {
		l.T.Errorf("to look left %s", left)
	}
}

// serves wants that a release serves, with its services and no other's running.
func (l *live) serves(release string) {
	l.T.Helper()
	d := l.status()
	if d.Release == nil || d.Release.ID != release {
		l.T.Fatalf("%+v serves, not %s", d.Release, release)
	}
	names := strings.Fields(l.server.Docker("ps", "-a", "--filter", "label=dev.spellbook.deploy.release", "--format", "{{.Names}}"))
	for _, name := range names {
		if !strings.HasSuffix(name, release) {
			l.T.Errorf("%s is left of another release: %v", name, names)
		}
	}
	if len(names) < 2 {
		l.T.Errorf("of the application there is %v", names)
	}
}

// comesBack wants that a boot of the server starts a release again.
func (l *live) comesBack(release string) {
	l.T.Helper()
	if policy := l.server.Docker("inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", "shop-api-"+release); policy != "unless-stopped\n" {
		l.T.Errorf("a boot would find api with the restart policy %s", policy)
	}
}

// traffic asks for the application until it is stopped, over connections that are
// kept and over new ones, every few milliseconds: the processors are the deployment's.
type traffic struct {
	asked, failed atomic.Int64
	first         atomic.Pointer[string] // failure
	stop          chan struct{}
	all           sync.WaitGroup
}

func (l *live) traffic() *traffic {
	tr := &traffic{stop: make(chan struct{})}
	url := "http://" + l.server.IP() + ":8000/"
	for _, closing := range []bool{true, false, false} {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: closing}}
		tr.all.Go(func() {
			for {
				select {
				case <-tr.stop:
					return
				case <-time.After(10 * time.Millisecond):
					tr.ask(client, url)
				}
			}
		})
	}
	return tr
}

func (tr *traffic) ask(client *http.Client, url string) {
	tr.asked.Add(1)
	r, err := client.Post(url, "text/plain", strings.NewReader("an order"))
	if err == nil {
		_, err = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
		if err == nil && r.StatusCode != http.StatusOK {
			err = fmt.Errorf("status %d", r.StatusCode)
		}
	}
	if err != nil {
		text := err.Error()
		tr.failed.Add(1)
		tr.first.CompareAndSwap(nil, &text)
	}
}

// none wants that all was answered.
func (tr *traffic) none(t *testing.T) {
	t.Helper()
	close(tr.stop)
	tr.all.Wait()
	if n := tr.failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed, the first: %s", n, tr.asked.Load(), *tr.first.Load())
	}
	t.Logf("%d requests", tr.asked.Load())
}

func TestADeploymentIsServedAndRolledBackWithoutAFailedRequest(t *testing.T) {
	t.Parallel()
	l := newShop(t, "20.10")
	l.nothingYet()
	l.deploy().Want(t, failure.OK).Says(t, "the first release", "image of store  ")
	first := l.status().Release.ID
	l.serves(first)

	before := l.server.Docker("ps", "-aq", "--no-trunc")
	l.deploy().Want(t, failure.OK).Says(t, "nothing to do")
	if after := l.server.Docker("ps", "-aq", "--no-trunc"); after != before {
		t.Errorf("with nothing to do it left\n%s\ninstead of\n%s", after, before)
	}

	store := l.server.Docker("inspect", "--format", "{{.Id}}", "shop-store-1")
	tr := l.traffic()
	l.deploy("COLOUR=blue").Want(t, failure.OK).Says(t, "api: definition", "worker: definition")
	second := l.status().Release.ID
	l.serves(second)
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Rollback(ctx, w, deploy.RollbackOptions{Env: "live", Yes: true})
	}).Want(t, failure.OK)
	l.serves(first)
	if env := l.server.Docker("inspect", "--format", "{{.Config.Env}}", "shop-api-"+first); !strings.Contains(env, "COLOUR=red") {
		t.Errorf("rolled back to %s", env)
	}
	l.comesBack(first)
	tr.none(t)
	if now := l.server.Docker("inspect", "--format", "{{.Id}}", "shop-store-1"); now != store {
		t.Error("the infrastructure was made anew")
	}
	l.secrets()
	l.then("and one that was killed is ended by the next", aKilledDeploymentIsEndedByTheNext)
	l.then("and one that is interrupted says what is true", anInterruptedDeploymentSaysWhatIsTrue)
	l.then("and a release that never started is forgotten", aReleaseThatNeverStartedIsForgotten)
	l.then("and one from before a migration is gone back to by what is printed", aRollbackPastAMigrationIsAgreedTo)
}

func TestAReleaseThatFailsLeavesTheOneBefore(t *testing.T) {
	t.Parallel()
	l := newShop(t, "26")
	l.deploy().Want(t, failure.OK)
	first := l.status().Release.ID
	tr := l.traffic()
	l.deploy("CRASH=200ms").Want(t, failure.RolledBack).Says(t, "api is not ready", "release "+first+" serves, as before", "the store is corrupt")
	l.serves(first)

	// one that ends once it serves, while it is watched
	l.environment("1m")
	ended := make(chan stacktest.Result, 1)
	go func() { ended <- l.deploy("COLOUR=green") }()
	stacktest.Eventually(t, "the new release serves", func() bool {
		return strings.TrimSpace(l.server.Run("cat spellbook/shop/current")) != first
	})
	tr.none(t)
	second := strings.TrimSpace(l.server.Run("cat spellbook/shop/current"))
	l.server.Docker("kill", "shop-worker-"+second)
	(<-ended).Want(t, failure.RolledBack).Says(t, "worker of the new release is exited", "release "+first+" serves, as before")
	l.serves(first)
	history := l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.History(ctx, w, deploy.StatusOptions{Env: "live"})
	}).Want(t, failure.OK)
	if n := strings.Count(history.Out, "failed"); n != 2 {
		t.Errorf("the history has %d failures:\n%s", n, history.Out)
	}
	l.secrets()
}

// What is KILLed is ended by the next run: its release serves already.
func aKilledDeploymentIsEndedByTheNext(t *testing.T, l *live) {
	first := l.status().Release.ID
	l.environment("10m")
	l.Env = append(l.Env, "COLOUR=green")
	cmd, _ := l.StartBinary("deploy:to", "live", "-yes")
	stacktest.Eventually(t, "the new release serves", func() bool {
		return strings.TrimSpace(l.server.Run("cat spellbook/shop/current")) != first
	})
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	second := strings.TrimSpace(l.server.Run("cat spellbook/shop/current"))
	tr := l.traffic()
	l.deploy().Want(t, failure.OK).Says(t, "left by a run that was cut short, removed: "+first)
	l.serves(second)
	l.comesBack(second)
	l.deploy().Want(t, failure.OK).Says(t, "nothing to do")
	tr.none(t)
}

// secrets wants the store's password nowhere but in the files that are the user's
// alone, and in the containers that are given it.
func (l *live) secrets() {
	l.T.Helper()
	if strings.Contains(l.said, password) {
		l.T.Error("a target printed the password")
	}
	if open := strings.TrimSpace(l.server.Run("find spellbook/shop -not -type l \\( -perm /077 \\) -not -path '*/files/*/*'")); open != "" {
		l.T.Errorf("others may read\n%s", open)
	}
	with := strings.Fields(l.server.Run("grep -rl " + password + " spellbook"))
	for _, name := range with {
		if !strings.HasSuffix(name, "/app.yml") && !strings.HasSuffix(name, "/infra.yml") && !strings.HasSuffix(name, "/variables.env") {
			l.T.Errorf("%s has the password", name)
		}
	}
	if len(with) == 0 {
		l.T.Error("the models are not where they are thought to be")
	}
}

func TestWhatIsInTheWayOfADeploymentIsSaid(t *testing.T) {
	t.Parallel()
	s := stacktest.New(t, shop)
	run := func(env string) stacktest.Result {
		s.File("env/.env.live", "STORE_PASSWORD="+password+"\n"+env)
		return s.Run(func(ctx context.Context, w *app.Run) error {
			return deploy.To(ctx, w, deploy.Options{Env: "live", Yes: true})
		}).Want(t, failure.Preflight)
	}
	run("").Says(t, "DEPLOY_HOST is not set")
	run("DEPLOY_HOST=a,b\n").Says(t, "DEPLOY_HOST names several servers")
	run("DEPLOY_HOST=127.0.0.1:1\n").Says(t, "no connection to 127.0.0.1:1")
	run("DEPLOY_HOST=x\nDEPLOY_KEEP=none\n").Says(t, "DEPLOY_KEEP=none is not valid")
	run("DEPLOY_HOST=x\nDEPLOY_NAME=My Shop\n").Says(t, "DEPLOY_NAME=My Shop is not valid")
	s.Run(func(ctx context.Context, w *app.Run) error {
		return deploy.To(ctx, w, deploy.Options{Env: "nowhere", Yes: true})
	}).Want(t, failure.Usage).Says(t, "nowhere")
}
