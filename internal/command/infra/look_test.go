package infra

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

func statusCall(json bool) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Status(ctx, w, json) }
}

func statsCall(o StatsOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Stats(ctx, w, o) }
}

func logsCall(o LogsOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Logs(ctx, w, o) }
}

func configCall(json bool) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Config(ctx, w, json) }
}

func graphCall(format string) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Graph(ctx, w, GraphOptions{Format: format}) }
}

func pullCall(dry bool, services ...string) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Pull(ctx, w, services, dry) }
}

func timelineCall(json bool) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Timeline(ctx, w, json, "") }
}

// sampled is what the engine says that a container takes, with the sample of a
// second before.
const sampled = `{"cpu_stats":{"cpu_usage":{"total_usage":300000000},"system_cpu_usage":4000000000,"online_cpus":4},
"precpu_stats":{"cpu_usage":{"total_usage":200000000},"system_cpu_usage":3000000000},
"memory_stats":{"usage":50000000,"limit":1000000000,"stats":{"inactive_file":2000000}},"pids_stats":{"current":7},
"networks":{"eth0":{"rx_bytes":1000,"tx_bytes":2000}},
"blkio_stats":{"io_service_bytes_recursive":[{"op":"read","value":3000},{"op":"write","value":4000}]}}`

// logged has written logs, one of them longer than what is shown of it.
func logged(r *repository, e *engineOf) {
	running(r, e)
	line := func(seconds int, text string, stderr bool) commandtest.LogLine {
		return commandtest.LogLine{Time: r.Now.Add(-time.Hour + time.Duration(seconds)*time.Second), Text: text, Stderr: stderr}
	}
	e.Service("db").Log = []commandtest.LogLine{line(1, "db begins", false), line(3, "db is slow", true), line(5, "db is ready", false)}
	e.Service("api").Log = []commandtest.LogLine{line(2, "api begins", false), line(4, "api (ready)", false)}
}

func TestWhatIsLookedAtIsShownAsItsTranscriptSays(t *testing.T) {
	t.Parallel()
	lines := func(n int) *int { return &n }
	measured := func(r *repository, e *engineOf) { running(r, e); e.Service("db").Stats = sampled }
	broken := func(r *repository, e *engineOf) {
		logged(r, e)
		e.Fails = map[string]string{"GET containers/demo-api-1/logs": "can not get logs of " + e.Service("api").ID}
	}
	moved := func(r *repository, e *engineOf) { running(r, e); e.Service("api").Image = "sha256:0123" }
	commandtest.Play(t, "testdata/look.golden", commandtest.NewStack, []scene{
		{"nothing is up", nil, "infra:status", statusCall(false), ""},
		{"nothing is up", nil, "infra:status -json", statusCall(true), "status"},
		{"all is up", running, "infra:status", statusCall(false), ""},
		{"all is up", running, "infra:status -json", statusCall(true), "status"},
		{"all is stopped", stopped, "infra:status", statusCall(false), ""},
		{"a service runs from an image that has lost its name", moved, "infra:status", statusCall(false), ""},
		{"a stack of another checkout", another(true), "infra:status", statusCall(false), ""},
		{"a stack of another checkout", another(true), "infra:status -json", statusCall(true), "status"},
		{"no engine", with("DOCKER_HOST=unix:///nowhere.sock"), "infra:status -json", statusCall(true), "status"},

		{"nothing is up", nil, "infra:stats", statsCall(StatsOptions{}), ""},
		{"nothing is up", nil, "infra:stats -json", statsCall(StatsOptions{JSON: true}), "stats"},
		{"all is up, and a container ends meanwhile", measured, "infra:stats", statsCall(StatsOptions{}), ""},
		{"all is up, and a container ends meanwhile", measured, "infra:stats -json", statsCall(StatsOptions{JSON: true}), "stats"},
		{"a stack of another checkout", another(true), "infra:stats", statsCall(StatsOptions{}), ""},
		{"no engine", with("DOCKER_HOST=unix:///nowhere.sock"), "infra:stats -json", statsCall(StatsOptions{JSON: true}), "stats"},

		{"nothing is up", nil, "infra:logs", logsCall(LogsOptions{}), ""},
		{"there are logs", logged, "infra:logs", logsCall(LogsOptions{}), ""},
		{"there are logs", logged, "infra:logs -services=db,debug", logsCall(LogsOptions{Services: []string{"db", "debug"}}), ""},
		{"there are logs", logged, "infra:logs -services=dbb", logsCall(LogsOptions{Services: []string{"dbb"}}), ""},
		{"there are logs", logged, "infra:logs -tail=1", logsCall(LogsOptions{Tail: lines(1)}), ""},
		{"there are logs", logged, "infra:logs -tail=0", logsCall(LogsOptions{Tail: lines(0)}), ""},
		{"there are logs", logged, "infra:logs -tail=-1", logsCall(LogsOptions{Tail: lines(-1)}), ""},
		{"there are logs", logged, "infra:logs -tail=1 -grep=begins", logsCall(LogsOptions{Tail: lines(1), Grep: "begins"}), ""},
		{"there are logs", logged, "infra:logs -json", logsCall(LogsOptions{JSON: true}), ""},
		{"there are logs", logged, "infra:logs -json -grep=(", logsCall(LogsOptions{JSON: true, Grep: "("}), "logs"},
		{"there are logs", logged, "infra:logs -grep=(", logsCall(LogsOptions{Grep: "("}), ""},
		{"there are logs", logged, `infra:logs -grep=\(ready\)`, logsCall(LogsOptions{Grep: `\(ready\)`}), ""},
		{"there are logs", logged, "infra:logs -since=2026-05-06T11:00:03", logsCall(LogsOptions{Since: "2026-05-06T11:00:03"}), ""},
		{"there are logs", logged, "infra:logs -since=59m56s", logsCall(LogsOptions{Since: "59m56s"}), ""},
		{"there are logs", logged, "infra:logs -since=59m56s -tail=1", logsCall(LogsOptions{Since: "59m56s", Tail: lines(1)}), ""},
		{"there are logs", logged, "infra:logs -since=soon", logsCall(LogsOptions{Since: "soon"}), ""},
		{"a log cannot be read", broken, "infra:logs", logsCall(LogsOptions{}), ""},
		{"a stack of another checkout", another(true), "infra:logs", logsCall(LogsOptions{}), ""},

		{"nothing is up", nil, "infra:config", configCall(false), ""},
		{"nothing is up", nil, "infra:config -json", configCall(true), "config"},
		{"a Compose file that is none", edited("image: db:1", "imagine: db:1"), "infra:config -json", configCall(true), "config"},
		{"nothing is up", nil, "infra:graph", graphCall(""), ""},
		{"nothing is up", nil, "infra:graph -format=dot", graphCall("dot"), ""},
		{"nothing is up", nil, "infra:graph -json", func(ctx context.Context, w *app.Run) error { return Graph(ctx, w, GraphOptions{JSON: true}) }, "graph"},
		{"nothing is up", nil, "infra:graph -format=svg", graphCall("svg"), ""},
		{"nothing was up", nil, "infra:timeline", timelineCall(false), ""},
		{"nothing was up", nil, "infra:timeline -json", timelineCall(true), "timeline"},
		{"all is up", running, "infra:timeline", timelineCall(false), ""},
		{"all is up", running, "infra:timeline -json", timelineCall(true), "timeline"},
		{"a timeline that cannot be read", func(r *repository, _ *engineOf) { r.Write(".spellbook/demo/timeline.json", "{") }, "infra:timeline", timelineCall(false), ""},

		{"nothing is up", nil, "infra:pull -dry", pullCall(true), ""},
		{"nothing is up", nil, "infra:pull -services=api", pullCall(false, "api"), ""},
		{"nothing is up", nil, "infra:pull -services=debug -dry", pullCall(true, "debug"), ""},
		{"nothing is up", nil, "infra:pull -services=apj", pullCall(false, "apj"), ""},
		{"a service is built here", edited("image: api:1", "build: ../api"), "infra:pull -dry", pullCall(true), ""},
		{"a service is built here", edited("image: api:1", "build: ../api"), "infra:pull -services=api", pullCall(false, "api"), ""},
		{"the registry refuses", func(_ *repository, e *engineOf) { e.FailCompose("pull", "denied") }, "infra:pull -services=api", pullCall(false, "api"), ""},
	})
}

// inside has containers in which a command says what it was given.
func inside(r *repository, e *engineOf) {
	r.Write("compose/docker-compose.yml", strings.NewReplacer("image: db:1", "image: postgres:16", "{PASSWORD:", "{POSTGRES_PASSWORD:").Replace(commandtest.StackCompose))
	e.Made("db").Image, e.Images[1].Tags = "postgres:16", []string{"postgres:16"}
	e.Made("db").Files = []string{"/bin/sh", "/bin/bash"}
	e.Exec = func(x commandtest.Exec) (out, errs string, code int) {
		return strings.Join(x.Argv, "|") + "\n" + x.In, "to the other stream\n", len(x.Argv)
	}
	running(r, e)
}

func TestACommandRunsInAContainerAndItsExitCodeIsTheTargets(t *testing.T) {
	t.Parallel()
	exec := func(service, line string) commandtest.Target {
		return func(ctx context.Context, w *app.Run) error { return Exec(ctx, w, service, line) }
	}
	shell := func(service string) commandtest.Target {
		return func(ctx context.Context, w *app.Run) error { return Shell(ctx, w, service) }
	}
	client := func(do func(context.Context, *app.Run, ClientOptions) error, o ClientOptions) commandtest.Target {
		return func(ctx context.Context, w *app.Run) error { return do(ctx, w, o) }
	}
	piped := func(r *repository, e *engineOf) { inside(r, e); r.In = "select 1;\n" }
	commandtest.Play(t, "testdata/inside.golden", commandtest.NewStack, []scene{
		{"a shell is there", inside, `infra:exec db "echo a | rev"`, exec("db", "echo a | rev"), ""},
		{"no shell is there", inside, `infra:exec api "serve 'a b' c"`, exec("api", "serve 'a b' c"), ""},
		{"no shell is there", inside, `infra:exec api ""`, exec("api", ""), ""},
		{"no shell is there", inside, `infra:exec api "serve 'a"`, exec("api", "serve 'a"), ""},
		{"all is up", inside, "infra:exec apj true", exec("apj", "true"), ""},
		{"all is up", inside, "infra:exec migrate true", exec("migrate", "true"), ""},
		{"a stack of another checkout", func(r *repository, e *engineOf) { inside(r, e); another(true)(r, e) }, "infra:exec db true", exec("db", "true"), ""},
		{"a shell is there", inside, "infra:shell db", shell("db"), ""},
		{"no shell is there", inside, "infra:shell api", shell("api"), ""},
		{"statements come by a pipe", piped, "infra:psql", client(Psql, ClientOptions{}), ""},
		{"a shell is there", inside, `infra:psql -command="select 1"`, client(Psql, ClientOptions{Command: "select 1"}), ""},
		{"no shell is there", inside, "infra:psql -service=api", client(Psql, ClientOptions{Service: "api"}), ""},
		{"nothing is up", nil, "infra:redis", client(Redis, ClientOptions{}), ""},
		{"all is up", inside, `infra:redis -service=db -command="set a 'b c'"`, client(Redis, ClientOptions{Service: "db", Command: "set a 'b c'"}), ""},
		{"all is up", inside, `infra:redis -command="set 'b"`, client(Redis, ClientOptions{Command: "set 'b"}), ""},
		{"all is up", inside, `infra:cypher -service=db -command="match (n)"`, client(Cypher, ClientOptions{Service: "db", Command: "match (n)"}), ""},
	})
}

// A password travels in the environment of the one process that needs it.
func TestAClientIsSignedInByItsEnvironmentAlone(t *testing.T) {
	t.Parallel()
	r, e := commandtest.NewStack(t)
	inside(r, e)
	r.Run(func(ctx context.Context, w *app.Run) error { return Psql(ctx, w, ClientOptions{}) })
	x := e.Executed()[0]
	if !strings.Contains(strings.Join(x.Env, " "), "PGPASSWORD=canary-local-1") || strings.Contains(strings.Join(x.Argv, " "), "canary") {
		t.Errorf("it was run as %q with %q", x.Argv, x.Env)
	}
}

// For programs there are moments, not how long ago it was.
func TestTheDocumentOfAStatusHasEachContainerWithItsMoments(t *testing.T) {
	t.Parallel()
	r, e := commandtest.NewStack(t)
	running(r, e)
	db := e.Service("db")
	db.Health, db.Started = "healthy", r.Now.Add(-time.Hour)
	x := r.Run(statusCall(true))
	schematest.Validate(t, "status", []byte(x.Out))
	for _, s := range commandtest.Document[report.Status](t, x).Services {
		if s.Name != "db" {
			continue
		}
		if len(s.Instances) != 1 || s.Since != s.Instances[0].Started || s.Since != db.Started.UTC().Format(time.RFC3339) || s.Instances[0].Health != "healthy" ||
			s.Instances[0].Container != db.Name || len(s.Instances[0].Ports) != len(db.Ports) || s.Instances[0].ExitCode != nil {
			t.Errorf("%+v", s)
		}
		return
	}
	t.Errorf("no db in\n%s", x.Out)
}

func TestEachLineOfALogIsAnObjectWithoutSecrets(t *testing.T) {
	t.Parallel()
	r, e := commandtest.NewStack(t)
	const secret = "x7Kq9ZpW2vLm4TnB8cRd" // no ordinary word
	r.Write("env/.env.local", "DB_PASSWORD="+secret+"\n")
	logged(r, e)
	db := e.Service("db")
	db.Log = append(db.Log, commandtest.LogLine{Time: r.Now, Text: `"signs in" with <` + secret + `>`, Stderr: true})
	x := r.Run(logsCall(LogsOptions{JSON: true, Services: []string{"db"}})).Want(t, failure.OK)
	objects := strings.Split(strings.TrimSuffix(x.Out, "\n"), "\n")
	if len(objects) != len(db.Log) {
		t.Fatalf("%d objects of %d lines:\n%s", len(objects), len(db.Log), x)
	}
	for _, one := range objects {
		schematest.Validate(t, "logs", []byte(one))
	}
	if want := `"service":"db","container":"demo-db-1","stream":"stderr","line":"\"signs in\" with <****>"}`; !strings.HasSuffix(x.Out, want+"\n") {
		t.Errorf("got\n%swant the last to end with\n%s", x.Out, want)
	}
}

// As docker compose config does, on standard error.
func TestWhatComposeWarnsOfInItsFilesIsToldWithTheModel(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	r.Write("compose/docker-compose.yml", "services: {a: {image: x, environment: {B: \"${NOWHERE}\"}}}")
	got := r.Run(configCall(true)).Want(t, failure.OK)
	if want := "warning: The \"NOWHERE\" variable is not set. Defaulting to a blank string.\n"; got.Err != want {
		t.Errorf("got %q, want %q", got.Err, want)
	}
}
