package command

import (
	"cmp"
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/command/ci"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/command/task"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// jsonTarget is a target with -json, in one of its forms.
type jsonTarget struct {
	name   string
	schema string
	// run is given services and an environment that there may not be; it uses
	// those that the target has a flag for.
	run func(ctx context.Context, w *app.Run, services []string, environment string) error
}

var jsonTargets = []jsonTarget{
	{"build:all", "build", func(ctx context.Context, w *app.Run, services []string, _ string) error {
		return build.Build(ctx, w, build.Options{All: true, Services: services, JSON: true})
	}},
	{"build:all", "buildplan", func(ctx context.Context, w *app.Run, services []string, _ string) error {
		return build.Build(ctx, w, build.Options{All: true, Services: services, Dry: true, JSON: true})
	}},
	{"build:backend", "build", func(ctx context.Context, w *app.Run, services []string, _ string) error {
		return build.Build(ctx, w, build.Options{Services: services, JSON: true})
	}},
	{"build:explain", "buildexplain", func(ctx context.Context, w *app.Run, services []string, _ string) error {
		return build.Explain(ctx, w, slices.Concat(services, []string{"api"})[0], true)
	}},
	{"build:images", "buildimages", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return build.Images(ctx, w, true)
	}},
	{"build:plan", "buildplan", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return build.Plan(ctx, w, true)
	}},
	{"build:sbom", "buildsbom", func(ctx context.Context, w *app.Run, services []string, _ string) error {
		return build.SBOM(ctx, w, build.SBOMOptions{Services: services, JSON: true})
	}},
	{"build:scan", "buildscan", func(ctx context.Context, w *app.Run, services []string, _ string) error {
		return build.Scan(ctx, w, build.ScanOptions{Services: services, JSON: true})
	}},
	{"ci", "ci", func(ctx context.Context, w *app.Run, _ []string, environment string) error {
		return ci.Run(ctx, w, ci.Options{Only: []string{cmp.Or(environment, "no step")}, JSON: true})
	}},
	{"deploy:app", "deployto", func(ctx context.Context, w *app.Run, _ []string, environment string) error {
		return deploy.To(ctx, w, deploy.Options{Env: cmp.Or(environment, "local"), Target: "deploy:app", Infra: new(bool), JSON: true})
	}},
	{"deploy:dev", "deployto", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return deploy.To(ctx, w, deploy.Options{Env: "dev", Target: "deploy:dev", JSON: true})
	}},
	{"deploy:drift", "deploydrift", func(ctx context.Context, w *app.Run, _ []string, environment string) error {
		return deploy.Drift(ctx, w, deploy.StatusOptions{Env: cmp.Or(environment, "local"), JSON: true})
	}},
	{"deploy:history", "deployhistory", func(ctx context.Context, w *app.Run, _ []string, environment string) error {
		return deploy.History(ctx, w, deploy.StatusOptions{Env: cmp.Or(environment, "local"), JSON: true})
	}},
	{"deploy:infra", "deployto", func(ctx context.Context, w *app.Run, _ []string, environment string) error {
		infra := true
		return deploy.To(ctx, w, deploy.Options{Env: cmp.Or(environment, "local"), Target: "deploy:infra", Infra: &infra, JSON: true})
	}},
	{"deploy:env", "deployenv", func(ctx context.Context, w *app.Run, _ []string, environment string) error {
		return remote.Env(ctx, w, remote.EnvOptions{Env: cmp.Or(environment, "local"), JSON: true})
	}},
	{"deploy:lock", "deploylock", func(ctx context.Context, w *app.Run, _ []string, environment string) error {
		return remote.Lock(ctx, w, cmp.Or(environment, "local"), true)
	}},
	{"deploy:logs", "logs", func(ctx context.Context, w *app.Run, services []string, environment string) error {
		return remote.Logs(ctx, w, remote.LogsOptions{Env: cmp.Or(environment, "local"), LogFlags: remote.LogFlags{Services: services, JSON: true}})
	}},
	{"deploy:plan", "deployplan", func(ctx context.Context, w *app.Run, _ []string, environment string) error {
		return deploy.Plan(ctx, w, deploy.PlanOptions{Env: cmp.Or(environment, "local"), JSON: true})
	}},
	{"deploy:status", "deploystatus", func(ctx context.Context, w *app.Run, _ []string, environment string) error {
		return deploy.Status(ctx, w, deploy.StatusOptions{Env: cmp.Or(environment, "local"), JSON: true})
	}},
	{"deploy:to", "deployto", func(ctx context.Context, w *app.Run, services []string, environment string) error {
		return deploy.To(ctx, w, deploy.Options{Env: cmp.Or(environment, "local"), Services: services, JSON: true})
	}},
	{"deploy:to", "deployplan", func(ctx context.Context, w *app.Run, services []string, environment string) error {
		return deploy.To(ctx, w, deploy.Options{Env: cmp.Or(environment, "local"), Services: services, Dry: true, JSON: true})
	}},
	{"env:check", "envcheck", func(ctx context.Context, w *app.Run, _ []string, environment string) error {
		return env.Check(ctx, w, env.CheckOptions{Env: environment, JSON: true})
	}},
	{"env:diff", "envdiff", func(ctx context.Context, w *app.Run, _ []string, environment string) error {
		return env.Diff(ctx, w, "local", cmp.Or(environment, "old"), true)
	}},
	{"env:explain", "envexplain", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return env.Explain(ctx, w, "DATABASE_URL", true)
	}},
	{"env:explain", "envexplain", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return env.Explain(ctx, w, "NOBODYS", true)
	}},
	{"env:list", "envlist", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return env.List(ctx, w, true)
	}},
	{"env:show", "envshow", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return env.Show(ctx, w, env.ShowOptions{JSON: true})
	}},
	{"env:show", "envshow", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return env.Show(ctx, w, env.ShowOptions{JSON: true, Reveal: true}) // without a terminal
	}},
	{"infra:config", "config", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return infra.Config(ctx, w, true)
	}},
	{"infra:graph", "graph", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return infra.Graph(ctx, w, infra.GraphOptions{JSON: true})
	}},
	{"infra:logs", "logs", func(ctx context.Context, w *app.Run, services []string, _ string) error {
		return infra.Logs(ctx, w, infra.LogsOptions{Services: services, JSON: true})
	}},
	{"infra:stats", "stats", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return infra.Stats(ctx, w, infra.StatsOptions{JSON: true})
	}},
	{"infra:status", "status", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return infra.Status(ctx, w, true)
	}},
	{"infra:timeline", "timeline", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return infra.Timeline(ctx, w, true, "")
	}},
	{"infra:timeline", "timeline", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return infra.Timeline(ctx, w, true, "gone/page.html")
	}},
	{"infra:up", "up", func(ctx context.Context, w *app.Run, services []string, _ string) error {
		return infra.Up(ctx, w, infra.UpOptions{Services: services, JSON: true})
	}},
	{"infra:up", "plan", func(ctx context.Context, w *app.Run, services []string, _ string) error {
		return infra.Up(ctx, w, infra.UpOptions{Services: services, Dry: true, JSON: true})
	}},
	{"plugin:info", "plugininfo", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return plugin.Info(ctx, w, "nobodys", true)
	}},
	{"task:graph", "tasks", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return task.Graph(ctx, w, nil, true)
	}},
	{"task:list", "tasks", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return task.List(ctx, w, nil, true)
	}},
	{"task:run", "ci", func(ctx context.Context, w *app.Run, services []string, _ string) error {
		return task.Run(ctx, w, task.RunOptions{Names: services, JSON: true})
	}},
	{"plugin:list", "pluginlist", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return plugin.List(ctx, w, true)
	}},
	{"plugin:verify", "pluginverify", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return plugin.Verify(ctx, w, false, true)
	}},
	{"test:env", "testenv", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return test.Env(ctx, w, test.EnvOptions{JSON: true})
	}},
	{"test:list", "testlist", func(ctx context.Context, w *app.Run, _ []string, _ string) error {
		return test.List(ctx, w, true)
	}},
	{"test:up", "testup", func(ctx context.Context, w *app.Run, services []string, _ string) error {
		return test.Up(ctx, w, test.UpOptions{Services: services, JSON: true})
	}},
}

// situations are what a target may find, without any engine.
var situations = map[string]struct {
	prepare     func(*commandtest.Repository)
	services    []string
	environment string
}{
	"all is well but the engine": {},
	"a broken Compose file": {prepare: func(r *commandtest.Repository) {
		r.Write("compose/docker-compose.yml", "services:\n  db: {image: 7, ports: nonsense}\n")
	}},
	"no Compose file that is YAML": {prepare: func(r *commandtest.Repository) { r.Write("compose/docker-compose.yml", "services: [\n") }},
	"an unknown service":           {services: []string{"nope"}},
	"an empty list of services":    {services: []string{""}},
	"an unknown environment":       {environment: "nope"},
	"a broken environment file":    {prepare: func(r *commandtest.Repository) { r.Write("env/.env.local", "DB_PASSWORD='no end\nA B\n") }},
	"a broken template":            {prepare: func(r *commandtest.Repository) { r.Write("env/.env.example", "# [enum]\n# [port] [url]\nA B='\n") }},
	"a broken lock of plugins":     {prepare: func(r *commandtest.Repository) { r.Write("plugins/plugins.lock", "nonsense\n") }},
}

func TestEveryTargetWithJSONWritesOneDocumentHoweverItEnds(t *testing.T) {
	for situation, s := range situations {
		for _, target := range jsonTargets {
			t.Run(target.name+" "+target.schema+", "+situation, func(t *testing.T) {
				r := commandtest.NewRepository(t)
				// Nor are there tools: plugins would be built by Go.
				r.Env = append(r.Env, "DOCKER_HOST=unix://"+filepath.Join(r.Dir, "no.sock"), "SPELLBOOK_CACHE="+filepath.Join(r.Dir, "cache"), "PATH="+r.Dir)
				if s.prepare != nil {
					s.prepare(r)
				}
				checkDocument(t, target.schema, r.Run(func(ctx context.Context, w *app.Run) error {
					return target.run(ctx, w, s.services, s.environment)
				}))
			})
		}
	}
}

// checkDocument wants one document, whose error and exit code are those of the
// target where it has some.
func checkDocument(t *testing.T, schema string, x commandtest.Output) {
	t.Helper()
	schematest.Validate(t, schema, []byte(x.Out))
	var doc struct {
		Error    string
		ExitCode int `json:"exit_code"`
	}
	if err := json.Unmarshal([]byte(x.Out), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Error != "" && (x.Failed == nil || !strings.HasPrefix(x.Failed.Error(), doc.Error) || failure.Code(doc.ExitCode) != failure.CodeOf(x.Failed)) {
		t.Errorf("the document says %q with %d, the target:\n%s", doc.Error, doc.ExitCode, x)
	}
}

func TestATargetThatFailsAfterItsDocumentWritesNoOther(t *testing.T) {
	r, _ := commandtest.NewPluginRepository(t, "")
	status := r.Run(func(ctx context.Context, w *app.Run) error { return infra.Status(ctx, w, true) }).Want(t, failure.NotReady)
	checkDocument(t, "status", status)
	r.Write("env/.env.local", strings.Replace(commandtest.EnvLocal, "5433", "many", 1))
	checkDocument(t, "envcheck", r.Run(checkCall(env.CheckOptions{JSON: true})).Want(t, failure.Preflight))
}

func TestNoTargetWithJSONIsForgotten(t *testing.T) {
	listed := map[string]bool{}
	for _, target := range jsonTargets {
		listed[target.name] = true
	}
	if got, want := slices.Sorted(maps.Keys(listed)), targetsWith(t, func(p *ast.Ident) bool { return p.Name == "json" }); !slices.Equal(got, want) {
		t.Errorf("jsonTargets has\n%q, the targets are\n%q", got, want)
	}
}

// targetsWith are the targets that have a flag or an argument, by their sources.
func targetsWith(t *testing.T, has func(*ast.Ident) bool) (names []string) {
	t.Helper()
	paths, err := filepath.Glob("../../magefiles/targets/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.IsExported() && takes(f, has) {
				name := strings.ToLower(f.Name.Name)
				if f.Recv != nil {
					name = file.Name.Name + ":" + name
				}
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func takes(f *ast.FuncDecl, has func(*ast.Ident) bool) bool {
	return slices.ContainsFunc(f.Type.Params.List, func(field *ast.Field) bool { return slices.ContainsFunc(field.Names, has) })
}
