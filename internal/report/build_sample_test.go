package report_test

import (
	"errors"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

const (
	backend  = "build image agent-plotmaster"
	frontend = "build image frontend"
	worker   = "tag image worker"
	push     = "push image registry.example/scribe/backend:3f9a1c2d4e5f6071"
	key      = "3f9a1c2d4e5f6071"
)

var sharers = []string{"agent-plotmaster", "agent-worldsmith", "api-gateway"}

// builds is a plan of two builds at once, one of them pushed, and one that
// only needs a name.
func builds() plan.Plan {
	p := plan.Plan{Project: "lab"}
	p.Add(plan.Step{ID: backend, Cause: "cmd/backend/main.go changed", Action: plan.BuildImage{Build: plan.Build{
		Name: "agent-plotmaster", Services: sharers, Tags: []string{"scribe/backend:" + key, "scribe/backend:latest"}}}})
	p.Add(plan.Step{ID: frontend, Cause: "no image yet", Action: plan.BuildImage{Build: plan.Build{
		Name: "frontend", Services: []string{"frontend"}, Tags: []string{"lab-frontend:aa00bb11cc22dd33"}}}})
	p.Add(plan.Step{ID: worker, Cause: "image is there", Action: plan.TagImage{Source: "scribe/worker:0011223344556677", Tags: []string{"scribe/worker:latest"}}})
	p.Add(plan.Step{ID: push, Cause: "requested", After: []plan.Edge{plan.Needs(backend)},
		Action: plan.PushImage{Refs: []string{"registry.example/scribe/backend:" + key, "registry.example/scribe/backend:latest"}}})
	return p
}

func says(ms int, id plan.ID, text string) moment {
	return moment{ms: ms, kind: noted, id: id, note: engine.Note{Text: text}}
}

func moves(ms int, id plan.ID, text string, current, total int64) moment {
	return moment{ms: ms, kind: noted, id: id, note: engine.Note{Text: text, Current: current * 100_000, Total: total * 100_000}}
}

func came(ms int, id plan.ID, text string) moment {
	return moment{ms: ms, kind: noted, id: id, note: engine.Note{Text: text, Lasting: true}}
}

// building is what both scripts of builds have in common.
var building = []moment{
	step(5, begun, worker), step(9, done, worker),
	step(10, begun, backend), step(11, begun, frontend),
	says(300, backend, "load build definition"),
	moves(400, backend, "sending context", 12, 40), moves(900, backend, "sending context", 40, 40),
	says(1000, backend, "2/9 builder: WORKDIR /src"), says(1200, frontend, "1/4 RUN pnpm install --frozen-lockfile"),
	says(2500, backend, "5/9 builder: RUN --mount=type=cache,target=/root/.cache/go-build go build -trimpath -o /out/backend ./cmd/backend (4 cached)"),
	{ms: 2600, kind: noted, id: frontend, note: engine.Note{Text: "FROM uses no tag", Warning: true}},
	says(2700, frontend, "2/4 COPY . ."), says(4600, frontend, "3/4 RUN pnpm build\n"),
}

var builtWell = sorted(append(building[:len(building):len(building)], []moment{
	moves(11_800, backend, "exporting layers", 180, 210),
	came(12_300, backend, "9 steps, 6 cached"), step(12_310, done, backend), step(12_311, begun, push),
	came(13_000, frontend, "4 steps"), step(13_010, done, frontend),
	says(12_400, push, "pushing registry.example/scribe/backend:latest"), moves(14_500, push, "", 90, 210), step(15_000, done, push),
}...))

var builtBadly = append(building[:len(building):len(building)], []moment{
	{ms: 6000, kind: failed, id: backend, err: errors.New("RUN go build … ended with exit code 1")},
	step(6000, skipped, push),
	{ms: 6200, kind: cancelled, id: frontend, err: engine.ErrStopped},
}...)

// buildFailures are failures of all shapes: a command, a file that is not
// there, nothing known but a reason.
func buildFailures() []report.BuildFailed {
	return []report.BuildFailed{
		{Build: "agent-plotmaster", Services: sharers, Image: "scribe/backend:" + key, Stage: "builder", Step: "RUN go build", Dockerfile: "apps/backend/Dockerfile", Line: 12, ExitCode: 1,
			Reason: "RUN go build ended with exit code 1", Hint: "mend the sources, then mage build:backend",
			Excerpt: []report.CodeLine{{Number: 10, Text: "RUN go mod download"}, {Number: 11, Text: "COPY . ."},
				{Number: 12, Text: "RUN --mount=type=cache,target=/root/.cache/go-build --mount=type=cache,target=/go/pkg/mod \\", Marked: true},
				{Number: 13, Text: "\tgo build -trimpath -o /out/backend ./cmd/backend", Marked: true},
				{Number: 14, Text: ""}, {Number: 15, Text: "FROM ${RUNTIME}"}},
			Output: []string{"# github.com/infinitescribe/backend/cmd/backend", "\x1b[31mcmd/backend/main.go:17:2: undefined: serve; a very long message of the compiler that does not fit in one line",
				"::error::not a command of ours"}},
		{Build: "frontend", Services: []string{"frontend"}, Step: "COPY dist /srv", Dockerfile: "apps/frontend/Dockerfile", Line: 4,
			Reason: `"/dist" is not in the build's context, or .dockerignore leaves it out of it`, Hint: "make it before the build, or take it out of apps/frontend/.dockerignore",
			Excerpt: []report.CodeLine{{Number: 4, Text: "COPY dist /srv", Marked: true}}},
		{Build: "worker", Services: []string{"worker"}, Stage: "stage-1", Step: "RUN make", ExitCode: 127},
		{Build: "scribe", Services: []string{"scribe"}, Reason: "there is no space left on the engine's disk", Hint: "docker builder prune, then again"},
	}
}

func builtRows() []report.Built {
	return []report.Built{
		{Name: "agent-plotmaster", Services: sharers, Image: "scribe/backend:" + key, Key: key, Tags: []string{"scribe/backend:" + key, "scribe/backend:latest"},
			State: report.ImageBuilt, Cause: "cmd/backend/main.go changed", TookMS: 12_310, ImageID: "sha256:ab", Size: 21_000_000, Pushed: []string{"registry.example/scribe/backend:" + key},
			Steps: []report.BuildStep{{Name: "RUN go build", Stage: "builder", Number: 5, Of: 9, TookMS: 9000}, {Name: "COPY . .", Cached: true}}},
		{Name: "frontend", Services: []string{"frontend"}, Image: "lab-frontend:aa00bb11cc22dd33", Key: "aa00bb11cc22dd33", State: report.BuildBroken, Cause: "no image yet", TookMS: 800},
		{Name: "worker", Services: []string{"worker"}, Image: "scribe/worker:0011223344556677", Key: "0011223344556677", State: report.ImageExists, Size: 1_230_000_000},
	}
}

func plannedRows() []report.PlannedBuild {
	return []report.PlannedBuild{
		{Name: "agent-plotmaster", Services: sharers, State: report.ToBuild, Cause: "cmd/backend/main.go and 12 more files changed", Image: "scribe/backend:" + key, Key: key},
		{Name: "frontend", Services: []string{"frontend"}, State: report.ToTag, Cause: "image is there", Image: "lab-frontend:aa00bb11cc22dd33", Key: "aa00bb11cc22dd33"},
		{Name: "worker", Services: []string{"worker"}, State: report.ImageExists, Image: "scribe/worker:0011223344556677", Key: "0011223344556677"},
	}
}

func imageRows() []report.Image {
	return []report.Image{
		{Build: "backend", Repository: "scribe/backend", Key: key, Tags: []string{"latest"}, ID: "sha256:ab", Size: 21_000_000, Created: began.Add(-12 * time.Minute), UsedBy: sharers, Current: true},
		{Build: "backend", Repository: "scribe/backend", Key: "0badcafe0badcafe", ID: "sha256:cd", Size: 20_900_000, Created: began.Add(-26 * time.Hour)},
		{Build: "frontend", Repository: "registry.example/infinite-scribe/frontend", Tags: []string{"latest"}, ID: "sha256:ef", Size: 1_230_000_000, UsedBy: []string{"frontend"}},
	}
}

func explanation() report.Explanation {
	e := report.Explanation{Version: 1, Project: "lab", Environment: "local", Service: "api-gateway", Build: "agent-plotmaster", Services: sharers, State: report.ToBuild,
		Cause: "Dockerfile changed", Image: "scribe/backend:" + key, Key: key, Last: "0badcafe0badcafe", Built: began.Add(-12 * time.Minute),
		Changes: []report.Change{
			{Input: report.InputDockerfile, Old: sum("1"), New: sum("2")},
			{Input: report.InputTarget, Old: "runtime", New: "debug"},
			{Input: report.InputPlatform, Old: "linux/amd64", New: "linux/amd64,linux/arm64"},
			{Input: report.InputBase, Name: "golang:1.26-bookworm", Old: sum("a"), New: sum("b")},
			{Input: report.InputArgument, Name: "GOFLAGS", Old: "-trimpath -tags=netgo,osusergo", New: "-trimpath -tags=netgo,osusergo,timetzdata"},
			{Input: report.InputArgument, Name: "REVISION", New: "4\nb"},
			{Input: report.InputArgument, Name: "NPM_TOKEN", Old: "hunter2", New: "hunter3", Secret: true},
			{Input: report.InputContext, Name: "base", Old: "0011223344556677"},
		}}
	for i := range 40 {
		how := []report.How{report.HowContent, report.HowAdded, report.HowRemoved, report.HowMode, report.HowType}[i%5]
		e.Changes = append(e.Changes, report.Change{Input: report.InputFile, Name: "internal/gateway/handlers/route_" + string(rune('a'+i%26)) + ".go", How: how})
	}
	return e
}

// sum is a digest of a letter's.
func sum(letter string) string {
	text := "sha256:"
	for range 64 {
		text += letter
	}
	return text
}
