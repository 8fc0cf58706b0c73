package deploy_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// to is deploy:to with options.
func (l *live) to(o deploy.Options, environ ...string) stacktest.Result {
	l.T.Helper()
	o.Env, o.Yes = "live", true
	return l.with(environ, func(ctx context.Context, w *app.Run) error { return deploy.To(ctx, w, o) })
}

func (l *live) plan(environ ...string) report.DeployPlan {
	l.T.Helper()
	var d report.DeployPlan
	r := l.with(environ, func(ctx context.Context, w *app.Run) error {
		return deploy.Plan(ctx, w, deploy.PlanOptions{Env: "live", JSON: true})
	}).Want(l.T, failure.OK)
	l.Decode("deployplan", r.Out, &d)
	return d
}

// text is deploy:plan for people, with the flag for the exit code.
func (l *live) text(code failure.Code, environ ...string) stacktest.Result {
	l.T.Helper()
	return l.with(environ, func(ctx context.Context, w *app.Run) error {
		return deploy.Plan(ctx, w, deploy.PlanOptions{Env: "live", ExitCode: true})
	}).Want(l.T, code)
}

func (l *live) drift(code failure.Code) (kinds []string) {
	l.T.Helper()
	var d report.DeployDrift
	r := l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Drift(ctx, w, deploy.StatusOptions{Env: "live", JSON: true})
	}).Want(l.T, code)
	l.Decode("deploydrift", r.Out, &d)
	for _, one := range d.Drift {
		kinds = append(kinds, one.Kind)
	}
	slices.Sort(kinds)
	return kinds
}

// changed is what a plan does about services: "create store".
func changed(d report.DeployPlan) string {
	var list []string
	for _, s := range d.Services {
		if s.Action != "keep" {
			list = append(list, s.Action+" "+s.Name)
		}
	}
	return strings.Join(list, ", ")
}

// untouched wants that do changes nothing on the server: its engine says so, and
// what lies in the project's directory.
func (l *live) untouched(do func()) {
	l.T.Helper()
	const listing = "cd spellbook 2>/dev/null && find . -printf '%p %T@ %s\\n' | sort || echo none"
	before, since := l.server.Run(listing), strings.TrimSpace(l.server.Exec("date", "+%s.%N"))
	do()
	if after := l.server.Run(listing); after != before {
		l.T.Errorf("the directory was\n%s\nand is\n%s", before, after)
	}
	events := l.server.Exec("sh", "-c", "docker events --since "+since+" --until $(date +%s.%N) --format '{{.Type}} {{.Action}}'")
	for line := range strings.Lines(events) {
		if kind, action, _ := strings.Cut(strings.TrimSpace(line), " "); !strings.HasPrefix(action, "exec_") && action != "health_status: healthy" {
			l.T.Errorf("the engine has done %s: %s", kind, action)
		}
	}
}

func TestAPlanSaysWhatADeploymentWouldChangeAndChangesNothing(t *testing.T) {
	t.Parallel()
	l := newShop(t, "20.10")
	l.untouched(func() {
		if d := l.plan(); changed(d) != "create spellbook-gateway, create store, create api, create migrate, create worker" || d.Release != nil || len(d.Files) != 1 {
			t.Errorf("before the first: %+v", d)
		}
		l.to(deploy.Options{Infra: new(bool)}).Want(t, failure.Preflight).Says(t, "store: new", "mage deploy:to live")
	})
	infra := true
	l.to(deploy.Options{Infra: &infra, Target: "deploy:infra live"}).Want(t, failure.OK)
	if d := l.status(); d.Release != nil || len(d.Services) != 2 {
		t.Errorf("the infrastructure alone is %+v", d)
	}
	r := l.to(deploy.Options{Infra: new(bool), JSON: true}).Want(t, failure.OK)
	var done report.Deployed
	l.Decode("deployto", r.Out, &done)
	first := l.status().Release.ID
	if !done.OK || !done.Changed || done.Release != first || changed(done.Plan) != "create api, create migrate, create worker" {
		t.Errorf("done was %+v", done)
	}

	l.untouched(func() {
		if d := l.plan(); d.Changes || changed(d) != "" {
			t.Errorf("with nothing to do: %+v", d)
		}
		l.text(failure.OK).Says(t, "nothing would change")
		if kinds := l.drift(failure.OK); len(kinds) > 0 {
			t.Errorf("drift is %v", kinds)
		}
		l.text(failure.Changes, "COLOUR=blue").Says(t, "api: definition", `COLOUR: "red" → "blue"`, "migrate: with the release", "untouched: spellbook-gateway, store")
		l.text(failure.Changes, "STORE_PASSWORD=another-canary-77").Says(t, "store: definition changed, made anew", "STORE_PASSWORD differs").SaysNot(t, password, "another-canary-77")
		l.to(deploy.Options{Infra: new(bool)}, "STORE_PASSWORD=another-canary-77").Want(t, failure.Preflight).Says(t, "store: definition")
		l.to(deploy.Options{Services: []string{"apy"}}).Want(t, failure.Usage).Says(t, "did you mean api?")
		l.to(deploy.Options{Services: []string{"api"}, Infra: new(bool)}).Want(t, failure.Usage).Says(t, "name one of them")
	})

	store := l.server.Docker("inspect", "--format", "{{.Id}}", "shop-store-1")
	migrated := l.server.Docker("inspect", "--format", "{{.State.FinishedAt}}", "shop-migrate-"+first)
	l.to(deploy.Options{Services: []string{"api"}}, "COLOUR=blue", "STORE_PASSWORD=another-canary-77").Want(t, failure.OK).
		Says(t, "store: definition changed, and stays as it is", "worker: with the release")
	second := l.status().Release.ID
	for service, colour := range map[string]string{"api": "COLOUR=blue", "worker": "COLOUR=red"} {
		if env := l.server.Docker("inspect", "--format", "{{.Config.Env}}", "shop-"+service+"-"+second); !strings.Contains(env, colour) {
			t.Errorf("%s has %s", service, env)
		}
	}
	if now := l.server.Docker("inspect", "--format", "{{.Id}}", "shop-store-1"); now != store {
		t.Error("infrastructure that was not named was made anew")
	}
	if left := l.server.Docker("ps", "-aq", "--filter", "name=migrate"); left != "" || migrated == "" {
		t.Errorf("the migration has run again: %s", left)
	}
	if kinds := l.drift(failure.OK); len(kinds) > 0 {
		t.Errorf("drift is %v", kinds)
	}
	l.drifts(second)
	l.secrets()
}

// drifts changes the server by hand, and wants each change told.
func (l *live) drifts(release string) {
	l.T.Helper()
	api, worker := "shop-api-"+release, "shop-worker-"+release
	image := strings.TrimSpace(l.server.Docker("inspect", "--format", "{{.Config.Image}}", api))
	l.server.Docker("rm", "-f", worker)
	l.server.Docker("update", "--restart=always", api)
	l.server.Docker("stop", "shop-store-1")
	l.server.Docker("run", "-d", "--name", "extra", "--label", "com.docker.compose.project=shop", image)
	l.server.Run("echo more >> $(ls -d spellbook/shop/files/*/store)/settings.txt; echo '# by hand' >> spellbook/shop/gateway/conf/haproxy.cfg")
	want := []string{"container_extra", "container_missing", "container_restart", "container_state", "file", "gateway_configuration"}
	l.untouched(func() {
		if kinds := l.drift(failure.Changes); !slices.Equal(kinds, want) {
			l.T.Errorf("drift is %v, want %v", kinds, want)
		}
	})
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Drift(ctx, w, deploy.StatusOptions{Env: "live"})
	}).Want(l.T, failure.Changes).Says(l.T, "worker has no container", "extra a container", "docker update --restart=unless-stopped "+api, "6 differences")
	l.server.Docker("rm", "-f", "extra")
	l.server.Docker("update", "--restart=unless-stopped", api)
	if kinds := l.drift(failure.Changes); slices.Contains(kinds, "container_restart") || slices.Contains(kinds, "container_extra") {
		l.T.Errorf("what was told to type leaves %v", kinds)
	}
	l.to(deploy.Options{}, "COLOUR=blue").Want(l.T, failure.OK).Says(l.T, "store is exited: started", "worker: definition")
	if kinds := l.drift(failure.Changes); !slices.Equal(kinds, []string{"file"}) {
		l.T.Errorf("after a deployment drift is %v", kinds)
	}
	l.server.Run("rm -r $(dirname $(ls -d spellbook/shop/files/*/store))") // as it is told
	l.to(deploy.Options{}, "COLOUR=blue").Want(l.T, failure.OK).Says(l.T, "compose/store: file")
	if kinds := l.drift(failure.OK); len(kinds) > 0 {
		l.T.Errorf("with the file as it was drift is %v", kinds)
	}
}

// A run that is killed once its release is written leaves no release to go back to.
func aReleaseThatNeverStartedIsForgotten(t *testing.T, l *live) {
	first, kept := l.status().Release.ID, l.server.Run("ls spellbook/shop/releases")
	extra := "20991231-000000-none-00000000"
	l.server.Run("cd spellbook/shop/releases && cp -a " + first + " " + extra + " && sed -i s/" + first + "/" + extra + "/g " + extra + "/release.json")
	l.server.Docker("tag", "spellbook/shop/api:"+first, "spellbook/shop/api:"+extra)
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Rollback(ctx, w, deploy.RollbackOptions{Env: "live", To: extra, Yes: true})
	}).Want(t, failure.Usage).Says(t, "no release "+extra)
	if d := l.plan(); !slices.Equal(d.Left, []string{extra}) || changed(d) != "" || !d.Changes {
		t.Errorf("the plan is %+v", d)
	}
	l.deploy().Want(t, failure.OK).Says(t, "left by a run that was cut short, removed: "+extra)
	if left := l.server.Run("ls spellbook/shop/releases") + l.server.Docker("images", "-q", "spellbook/shop/api:"+extra); left != kept {
		t.Errorf("left is %s", left)
	}
	l.serves(first)
	l.deploy().Want(t, failure.OK).Says(t, "nothing to do")
}

func aRollbackPastAMigrationIsAgreedTo(t *testing.T, l *live) {
	l.environment("500ms")
	before := l.status().Release.ID
	l.Edit("compose/docker-compose.yml", ", migration: {compatible: true}", "")
	l.deploy("COLOUR=violet").Want(t, failure.OK).Says(t, "api: definition")
	r := l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Rollback(ctx, w, deploy.RollbackOptions{Env: "live", Yes: true})
	}).Want(t, failure.Preflight).Says(t, "migrate")
	hint := regexp.MustCompile(`mage deploy:rollback live -to=(\S+) -yesschema`).FindStringSubmatch(r.All())
	if len(hint) < 2 || hint[1] != before {
		t.Fatalf("%s is told to be typed in\n%s", hint, r.All())
	}
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Rollback(ctx, w, deploy.RollbackOptions{Env: "live", To: hint[1], Yes: true, YesSchema: true})
	}).Want(t, failure.OK)
	l.serves(before)
}
