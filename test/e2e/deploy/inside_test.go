package deploy_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// office has a database that publishes nothing, a cache that publishes its port, and
// an application.
const office = `
  postgres:
    image: lab/postgres:15
    environment: {POSTGRES_PASSWORD: "${STORE_PASSWORD:?}", POSTGRES_DB: app}
    volumes: [data:/var/lib/postgresql/data]
    healthcheck: {test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U postgres"], interval: 1s, retries: 60}
  cache:
    image: lab/redis:7.0
    ports: ["127.0.0.1:${STASH_PORT:-6379}:6379"]
  api:
    image: lab/service:1
    x-spellbook: {role: app}
    environment: {BOOT: 100ms, SOCKET_ONLY_INIT: 100ms, CRASH_AFTER: "${CRASH:-}", COLOUR: "${COLOUR:-red}"}
    ports: ["8000:8080"]
    stop_grace_period: 1s
    ` + stacktest.Health + `
volumes: {data: {}}
`

// One deployment, which the targets that look into a server share.
func TestAServerIsLookedInto(t *testing.T) {
	t.Parallel()
	l := newLive(t, "20.10", office)
	l.logs(remote.LogsOptions{}).Want(t, failure.Preflight).Says(t, "nothing was deployed", "mage deploy:to live")
	l.deploy().Want(t, failure.OK)
	first := l.status().Release.ID

	l.theLogsOfAllServices()
	l.commandsRunInside()
	l.ownShell()
	l.databasesAreForwarded()
	l.infraLeavesItAlone()
	l.variablesArePulled()
	l.keptLogs(first)
	l.secrets()
}

// infraLeavesItAlone: the engine of a server, as infra:* is pointed at one.
func (l *live) infraLeavesItAlone() {
	l.T.Helper()
	l.File("dump.sql", "-- PostgreSQL database dump\n-- Dumped from database version 15.1\ncreate table made (id int);\n-- PostgreSQL database dump complete\n")
	const intoEmpty = `mage deploy:exec ENV postgres 'PGPASSWORD=$POSTGRES_PASSWORD psql -U postgres -d app -v ON_ERROR_STOP=1 -1 -q' <PATH`
	before := l.server.Docker("ps", "-aq", "--no-trunc")
	for _, one := range []struct {
		do   func(context.Context, *app.Run) error
		says string
	}{
		{func(ctx context.Context, w *app.Run) error { return infra.Up(ctx, w, infra.UpOptions{}) }, "mage deploy:to"},
		{func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, nil) }, "mage deploy:status"},
		{func(ctx context.Context, w *app.Run) error { return infra.Restart(ctx, w, nil) }, "mage deploy:to"},
		{func(ctx context.Context, w *app.Run) error { return infra.Exec(ctx, w, "postgres", "true") }, "mage deploy:exec ENV postgres CMD"},
		{func(ctx context.Context, w *app.Run) error {
			return infra.Redis(ctx, w, infra.ClientOptions{Service: "cache"})
		}, "redis-cli is in it: mage deploy:shell ENV cache"},
		{func(ctx context.Context, w *app.Run) error {
			return infra.Import(ctx, w, infra.ImportOptions{Input: "dump.sql"})
		}, intoEmpty},
		{func(ctx context.Context, w *app.Run) error {
			return infra.Down(ctx, w, infra.DownOptions{Volumes: true, Yes: true, Confirm: l.Name})
		}, "mage deploy:status"},
		{func(ctx context.Context, w *app.Run) error { return clean.All(ctx, w, clean.Options{Yes: true}) }, "mage deploy:status"},
	} {
		l.with([]string{"DOCKER_HOST=ssh://" + l.server.Host, "DEPLOY_NAME=shop", "STORE_PASSWORD=" + password}, one.do).Want(l.T, failure.Refused).
			Says(l.T, "was deployed to this engine", one.says)
	}
	if after := l.server.Docker("ps", "-aq", "--no-trunc"); after != before {
		l.T.Errorf("the containers were\n%s\nand are\n%s", before, after)
	}
	if out, code := l.inside(l.Read("dump.sql"), "postgres", strings.Split(intoEmpty, "'")[1]); code != 0 {
		l.T.Errorf("%s: %d\n%s", intoEmpty, code, out)
	}
	if out, _ := l.inside("", "postgres", "PGPASSWORD=$POSTGRES_PASSWORD psql -U postgres -d app -tAc 'select count(*) from made'"); out != "0\n" {
		l.T.Errorf("the dump is not in the database: %s", out)
	}
	if out, code := l.inside("redis-cli ping\n", "cache", ""); out != "PONG\n" || code != 0 {
		l.T.Errorf("redis-cli in a shell: %d, %s", code, out)
	}
}

// inside runs a command in a service's container, or a shell where there is none.
func (l *live) inside(in, service, line string) (out string, code int) {
	l.T.Helper()
	out, errs, code := l.RunWithInput(in, func(ctx context.Context, w *app.Run) error {
		if line == "" {
			return remote.Shell(ctx, w, "live", service)
		}
		return remote.Exec(ctx, w, "live", service, line)
	})
	return out + errs, code
}

// variablesArePulled: by who has other ones, and by who has none.
func (l *live) variablesArePulled() {
	l.T.Helper()
	env := func(o remote.EnvOptions, environ ...string) stacktest.Result {
		o.Env = "live"
		return l.with(environ, func(ctx context.Context, w *app.Run) error { return remote.Env(ctx, w, o) })
	}
	was := l.Read("env/.env.live")
	env(remote.EnvOptions{Pull: true, Yes: true}).Want(l.T, failure.OK).Says(l.T, "env/.env.live has the variables of shop")

	l.File("env/.env.live", strings.Replace(was, password, "canary-another", 1)+"MINE=1\n")
	env(remote.EnvOptions{}).Want(l.T, failure.OK).Says(l.T, "STORE_PASSWORD", "differs", "(secret)", "MINE", "lacks").SaysNot(l.T, "canary")
	env(remote.EnvOptions{Pull: true}).Want(l.T, failure.Refused).Says(l.T, "-yes")
	env(remote.EnvOptions{Pull: true, Yes: true}).Want(l.T, failure.OK).SaysNot(l.T, "canary")
	if now := l.Read("env/.env.live"); now != was {
		l.T.Errorf("pulled\n%s\ninstead of\n%s", now, was)
	}

	file := filepath.Join(l.Dir, "env/.env.live")
	if err := os.Remove(file); err != nil {
		l.T.Fatal(err)
	}
	env(remote.EnvOptions{Pull: true, Yes: true}).Want(l.T, failure.Preflight).Says(l.T, "DEPLOY_HOST=user@host mage deploy:env live -pull")
	host := "DEPLOY_HOST=" + l.server.Host
	env(remote.EnvOptions{Pull: true, Yes: true}, host).Want(l.T, failure.Preflight).Says(l.T, "DEPLOY_NAME=shop mage deploy:env live -pull")
	env(remote.EnvOptions{Pull: true, Yes: true}, host, "DEPLOY_NAME=shop").Want(l.T, failure.OK).Says(l.T, "adds").SaysNot(l.T, "canary")
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 || l.Read("env/.env.live") != was {
		l.T.Errorf("%v %v:\n%s", info, err, l.Read("env/.env.live"))
	}
	l.deploy().Want(l.T, failure.OK).Says(l.T, "nothing to do")
}

func (l *live) logs(o remote.LogsOptions) stacktest.Result {
	l.T.Helper()
	o.Env = "live"
	return l.with(nil, func(ctx context.Context, w *app.Run) error { return remote.Logs(ctx, w, o) })
}

func (l *live) theLogsOfAllServices() {
	l.T.Helper()
	r, err := http.Get("http://" + l.server.IP() + ":8000/who-asks")
	if err != nil {
		l.T.Fatal(err)
	}
	_ = r.Body.Close()
	l.logs(remote.LogsOptions{}).Want(l.T, failure.OK).Says(l.T, "api               | service: ready", "postgres          | ", "cache             | ",
		"spellbook-gateway | ", `"GET /who-asks HTTP/1.1"`)
	l.logs(remote.LogsOptions{LogFlags: remote.LogFlags{Services: []string{"cache"}, Grep: "Ready to accept"}}).Want(l.T, failure.OK).Says(l.T, "cache | ").SaysNot(l.T, "api", "postgres")
	l.logs(remote.LogsOptions{LogFlags: remote.LogFlags{Services: []string{"nobody"}}}).Want(l.T, failure.Usage).Says(l.T, "api, cache, postgres, spellbook-gateway")

	job := l.Start(nil, func(ctx context.Context, w *app.Run) error {
		return remote.Logs(ctx, w, remote.LogsOptions{Env: "live", LogFlags: remote.LogFlags{Follow: true, Services: []string{"spellbook-gateway"}}})
	})
	job.Out.AwaitText(l.T, "GET /who-asks")
	get(l.T, "http://"+l.server.IP()+":8000/while-followed")
	job.Out.AwaitText(l.T, "GET /while-followed")
	job.Signals <- os.Interrupt
	if code := job.Wait(l.T); code != int(failure.Interrupted) {
		l.T.Errorf("Ctrl-C ends it with %d", code)
	}
}

func (l *live) commandsRunInside() {
	l.T.Helper()
	if out, code := l.inside("", "postgres", "echo it is $POSTGRES_DB; exit 3"); out != "it is app\n" || code != 3 {
		l.T.Errorf("a command of postgres: %d, %s", code, out)
	}
	if out, code := l.inside("id -un; exit 4\n", "cache", ""); out != "redis\n" || code != 4 {
		l.T.Errorf("a shell of cache: %d, %s", code, out)
	}
	if out, code := l.inside("", "api", "/service health"); code != 0 {
		l.T.Errorf("a program of api, which has no shell: %d, %s", code, out)
	}
	if _, code := l.inside("", "nobody", "true"); code != int(failure.Usage) {
		l.T.Errorf("a service that is none: %d", code)
	}
	history := l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.History(ctx, w, deploy.StatusOptions{Env: "live"})
	}).Want(l.T, failure.OK)
	history.Says(l.T, "exec", "shell").SaysNot(l.T, "POSTGRES_DB")
}

func (l *live) ownShell() {
	l.T.Helper()
	out, errs, code := l.RunWithInput("pwd; exit 5\n", func(ctx context.Context, w *app.Run) error { return remote.SSH(ctx, w, "live") })
	if out != "/home/deploy/spellbook/shop\n" || code != 5 {
		l.T.Errorf("ssh: %d, %s%s", code, out, errs)
	}
}

// databasesAreForwarded connects real clients to ports of this machine.
func (l *live) databasesAreForwarded() {
	l.T.Helper()
	forward := func(services string, file string) *stacktest.Job {
		return l.Start(nil, func(ctx context.Context, w *app.Run) error {
			return remote.Forward(ctx, w, remote.ForwardOptions{Env: "live", Services: strings.Split(services, ","), EnvFile: file})
		})
	}
	const there = "ls -A -I 'runc-process*' /tmp spellbook/shop; docker ps -aq" // runc's own, for as long as a health check runs
	before := l.server.Run(there)
	job := forward("postgres,cache", "")
	job.Err.AwaitText(l.T, "until Ctrl-C")
	vars := variables(job.Out.String())
	l.databasesAnswer(vars)
	job.Signals <- os.Interrupt
	if code := job.Wait(l.T); code != int(failure.Interrupted) {
		l.T.Errorf("Ctrl-C ends it with %d", code)
	}
	if after := l.server.Run(there); after != before {
		l.T.Errorf("to look left\n%s\ninstead of\n%s", after, before)
	}

	job = forward("cache", "forwarded.env")
	job.Err.AwaitText(l.T, "until Ctrl-C")
	info, err := os.Stat(filepath.Join(l.Dir, "forwarded.env"))
	if err != nil || info.Mode() != 0o600 || job.Out.String() != "" {
		l.T.Errorf("the file: %v, %v; printed %s", info, err, job.Out)
	}
	l.cacheAnswers(variables(l.Read("forwarded.env")))
	l.server.Exec("pkill", "-KILL", "-u", "deploy", "sshd") // the connection is cut
	if code := job.Wait(l.T); code != int(failure.Unexpected) {
		l.T.Errorf("a connection that broke ends it with %d: %s", code, job.Err)
	}
	if _, err := os.Stat(filepath.Join(l.Dir, "forwarded.env")); err == nil {
		l.T.Error("the file stays, and nothing answers at its ports")
	}

	refused := func(services string, code failure.Code, says string) {
		l.T.Helper()
		l.with(nil, func(ctx context.Context, w *app.Run) error {
			return remote.Forward(ctx, w, remote.ForwardOptions{Env: "live", Services: []string{services}})
		}).Want(l.T, code).Says(l.T, says)
	}
	refused("postgres:99", failure.NotReady, "does not listen on port 99")
	refused("nobody", failure.Usage, "services are: api, cache")
	refused("cache:x", failure.Usage, `"x" is no port`)
}

// variables are those of an env file.
func variables(text string) map[string]string {
	vars := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found {
			vars[name] = value
		}
	}
	return vars
}

// databasesAnswer asks the database and the cache where variables say that they are.
func (l *live) databasesAnswer(vars map[string]string) {
	l.T.Helper()
	got := stacktest.Docker(l.T, "run", "--rm", "--network", "host", "--env", "PGPASSWORD="+password, "--entrypoint", "psql", "lab/postgres:15",
		"-h", vars["POSTGRES_HOST"], "-p", vars["POSTGRES_PORT"], "-U", "postgres", "-d", "app", "-Atc", "SELECT current_database()")
	if got != "app\n" {
		l.T.Errorf("PostgreSQL says %q", got)
	}
	l.cacheAnswers(vars)
}

func (l *live) cacheAnswers(vars map[string]string) {
	l.T.Helper()
	got := stacktest.Docker(l.T, "run", "--rm", "--network", "host", "--entrypoint", "redis-cli", "lab/redis:7.0", "-h", vars["CACHE_HOST"], "-p", vars["STASH_PORT"], "ping")
	if got != "PONG\n" {
		l.T.Errorf("Redis says %q", got)
	}
}

// keptLogs: of a release that was replaced, and of those that failed, the last few.
func (l *live) keptLogs(first string) {
	l.T.Helper()
	of := func(release string) stacktest.Result { return l.logs(remote.LogsOptions{Release: release}) }
	of(first).Want(l.T, failure.OK).Says(l.T, "api | service: ready on port 8080").SaysNot(l.T, "postgres")
	l.deploy("COLOUR=blue").Want(l.T, failure.OK)
	of(first).Want(l.T, failure.OK).Says(l.T, "api | service: ready on port 8080", "api | service: stopped").SaysNot(l.T, "postgres")

	l.server.Run("for id in 20200101-1 20200101-2; do cp -a spellbook/shop/logs/" + first + " spellbook/shop/logs/$id; done") // that failed earlier
	r := l.deploy("CRASH=200ms").Want(l.T, failure.RolledBack)
	_, id, found := strings.Cut(r.All(), "mage deploy:logs live -release=")
	if !found {
		l.T.Fatalf("it does not say where the logs are:\n%s", r.All())
	}
	failed := strings.Fields(id)[0]
	of(failed).Want(l.T, failure.OK).Says(l.T, "api | service: FATAL the store is corrupt")
	of("20200101-1").Want(l.T, failure.Usage).Says(l.T, "there are logs of: ", failed+", ", first+", 20200101-2\n") // DEPLOY_KEEP is 2
	if modes := l.server.Run("find spellbook/shop/logs -perm /077"); modes != "" {
		l.T.Errorf("others may read %s", modes)
	}

	l.deploy("COLOUR=green").Want(l.T, failure.OK) // which forgets the first, and its logs
	of(first).Want(l.T, failure.Usage)
}
