package build

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// withReport runs a target that only tells of builds; errorDocument makes its document where
// it cannot.
func withReport(ctx context.Context, w *app.Run, json bool, errorDocument func(project, text string, code int) any, do func(context.Context, *Operation) error) error {
	return withOperation(ctx, w, Options{All: true, JSON: json}, errorDocument, func(ctx context.Context, b *Operation) error {
		b.telling = true
		return do(ctx, b)
	})
}

// Plan shows what build:all would build, and why.
func Plan(ctx context.Context, w *app.Run, json bool) error {
	errorDocument := func(project, text string, code int) any {
		return report.BuildPlan{Version: 1, Project: project, Error: text, ExitCode: code}
	}
	return withReport(ctx, w, json, errorDocument, func(ctx context.Context, b *Operation) error {
		if err := b.Look(ctx); err != nil {
			return err
		}
		b.warn()
		if !json {
			return report.BuildPlanTable(b.Format.Tables, b.planned())
		}
		return report.Document(b.Run.Out, b.planDocument())
	})
}

// Images shows the images that the engine has of the project's builds.
func Images(ctx context.Context, w *app.Run, json bool) error {
	errorDocument := func(project, text string, code int) any {
		return report.Images{Version: 1, Project: project, Error: text, ExitCode: code}
	}
	return withReport(ctx, w, json, errorDocument, func(ctx context.Context, b *Operation) error {
		wrong := b.Look(ctx)
		if wrong != nil && (ctx.Err() != nil || len(image.Buildable(b.Project)) == 0) {
			return wrong
		}
		images, err := b.images(ctx)
		if err != nil {
			return err
		}
		if wrong != nil { // a section that cannot be built hides no image that is there
			b.Run.Tell("warning: which images are current is not known: %s", wrong)
		}
		if !json {
			return report.ImageTable(b.Format.Tables, images)
		}
		return report.Document(b.Run.Out, report.Images{Version: 1, Project: b.Project.Name, Environment: b.Project.Env, Images: images})
	})
}

// images are those of the project, newest first, with who uses them.
func (b *Operation) images(ctx context.Context) ([]report.Image, error) {
	built, err := b.Client.BuiltImages(ctx, b.Project.Name)
	if err != nil {
		return nil, err
	}
	containers, err := b.Client.EveryContainer(ctx)
	if err != nil {
		return nil, err
	}
	var list []report.Image
	for _, one := range built {
		list = append(list, b.imageOf(one, containers)...)
	}
	slices.SortStableFunc(list, func(x, y report.Image) int { return y.Created.Compare(x.Created) })
	return list, nil
}

// imageOf is a row for each repository that an image has names in.
func (b *Operation) imageOf(one docker.BuiltImage, containers []observe.Container) []report.Image {
	at := one.Created
	if one.Tagged.Unix() > 0 {
		at = one.Tagged
	}
	row := report.Image{Build: one.Build, ID: one.ID, Size: one.Bytes, Created: at}
	for _, c := range containers {
		if c.ImageID == one.ID && c.Labels[docker.LabelProject] == b.Project.Name && !slices.Contains(row.UsedBy, c.Service) {
			row.UsedBy = append(row.UsedBy, c.Service)
		}
	}
	row.Current = slices.ContainsFunc(b.Verdicts, func(v image.Verdict) bool { return v.ID == one.ID })
	byRepository := map[string]*report.Image{}
	var order []string
	for _, tag := range one.Tags {
		repository, name := image.SplitTag(tag)
		if byRepository[repository] == nil {
			of := row
			of.Repository = repository
			byRepository[repository] = &of
			order = append(order, repository)
		}
		if image.IsKey(name) {
			byRepository[repository].Key = name
		} else {
			byRepository[repository].Tags = append(byRepository[repository].Tags, name)
		}
	}
	if len(order) == 0 {
		return []report.Image{row}
	}
	list := make([]report.Image, 0, len(order))
	for _, repository := range order {
		list = append(list, *byRepository[repository])
	}
	return list
}

// Explain shows which inputs of a service's image are others than when it
// was last built.
func Explain(ctx context.Context, w *app.Run, service string, json bool) error {
	errorDocument := func(project, text string, code int) any {
		return report.Explanation{Version: 1, Project: project, Service: service, Error: text, ExitCode: code}
	}
	return withReport(ctx, w, json, errorDocument, func(ctx context.Context, b *Operation) error {
		if err := b.only(service); err != nil {
			return err
		}
		if err := b.Look(ctx); err != nil {
			return err
		}
		i := slices.IndexFunc(b.Verdicts, func(v image.Verdict) bool { return slices.Contains(v.Build.Services, service) })
		if i < 0 {
			return image.Unbuildable(b.Project, service)
		}
		e := b.explanation(service, b.Verdicts[i])
		if !json {
			return report.ExplainTable(b.Format.Tables, e)
		}
		return report.Document(b.Run.Out, e)
	})
}

// only narrows what is looked at to the build of a service, and those that it is linked
// to: what is wrong with another is no matter of its.
func (b *Operation) only(service string) error {
	all, err := image.Builds(b.Project)
	b.Options.Services = []string{service}
	if i := slices.IndexFunc(all, func(one plan.Build) bool { return slices.Contains(one.Services, service) }); i >= 0 {
		b.Options.Services = all[i].Services
	}
	return err
}

func (b *Operation) explanation(service string, v image.Verdict) report.Explanation {
	last := b.State.Last[v.Build.Name]
	e := report.Explanation{Version: 1, Project: b.Project.Name, Environment: b.Project.Env, Service: service, Build: v.Build.Name,
		Services: v.Build.Services, State: report.BuildState(v.State), Cause: v.Cause, Image: v.Image, Key: v.Key, Last: last.Key, Built: b.builtAt(v.Build.Name)}
	if last.Key == "" {
		return e
	}
	for _, d := range image.Explain(last, b.Records[v.Build.Name]) {
		e.Changes = append(e.Changes, changeOf(d))
	}
	return e
}

// builtAt is when a build was last recorded.
func (b *Operation) builtAt(name string) time.Time {
	info, err := os.Stat(b.recordPath(name))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// inputKinds are a report's words for the planner's.
var inputKinds = map[string]report.Input{
	"Dockerfile": report.InputDockerfile, "target": report.InputTarget, "platform": report.InputPlatform, "argument": report.InputArgument,
	"base image": report.InputBase, "linked build": report.InputContext, "remote input": report.InputContext,
	"label": report.InputSetting, "setting": report.InputSetting, "file": report.InputFile,
}

var fileChanges = map[string]report.How{
	"added": report.HowAdded, "removed": report.HowRemoved, "content": report.HowContent, "mode": report.HowMode, "kind": report.HowType,
}

func changeOf(d image.Difference) report.Change {
	c := report.Change{Input: inputKinds[d.Kind], Name: d.Name, How: report.HowChanged, Old: d.Old, New: d.New}
	if d.Kind == "file" {
		c.How = fileChanges[d.What]
	}
	return c
}
