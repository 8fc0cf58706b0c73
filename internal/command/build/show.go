package build

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/report"
)

// finish reports a run: its failures, or what there is now.
func (b *Operation) finish(result engine.Result) error {
	doc := report.BuildReport{OK: len(result.Failures) == 0, Changed: true, Builds: b.built(&result)}
	for _, v := range b.Verdicts {
		if f := b.Made.Of(v.Build.Name).Failed; f != nil {
			doc.Failures = append(doc.Failures, *f)
		}
	}
	failed := b.failed(result, doc.Failures)
	if failed != nil {
		doc.Error, doc.ExitCode = failed.Message, int(failed.Code)
	}
	if err := b.show(doc); err != nil {
		return err
	}
	if failed == nil {
		return nil
	}
	if len(doc.Failures) > 0 {
		return &FailedError{failed}
	}
	return failed
}

// failed is the error of the whole run; nil where all was done.
func (b *Operation) failed(result engine.Result, failures []report.BuildFailed) *failure.Error {
	err := result.Err()
	if err == nil {
		return nil
	}
	var f *failure.Error
	if !errors.As(err, &f) {
		return failure.New(failure.Unexpected, "%w", err)
	}
	if len(failures) < 2 {
		return f
	}
	names := make([]string, 0, len(failures))
	for _, one := range failures {
		name, _ := image.SplitTag(cmp.Or(one.Image, one.Build))
		names = append(names, name)
	}
	return failure.New(f.Code, "%s were not built", strings.Join(names, ", ")).WithHint("%s", f.Hint)
}

func (b *Operation) show(doc report.BuildReport) error {
	if b.Options.JSON {
		return b.document(doc)
	}
	if len(doc.Failures) > 0 {
		return report.BuildFailures(b.Format.Options, doc.Failures)
	}
	return report.BuildTable(b.Format.Tables, doc.Builds)
}

// document writes the one JSON document of -json.
func (b *Operation) document(doc report.BuildReport) error {
	doc.Version, doc.Project, doc.Environment = 1, b.Project.Name, b.Project.Env
	doc.TookMS = b.Run.Now().Sub(b.Began).Milliseconds()
	doc.Failures = slices.Clone(doc.Failures)
	for i, f := range doc.Failures {
		doc.Failures[i].Hint = b.Run.Spell(f.Hint)
	}
	return report.Document(b.Run.Out, doc)
}

// errorDocument is of a run that failed before it could report.
func (b *Operation) errorDocument(now time.Time, text string, code int) any {
	var name, env string
	if b.Session != nil {
		name, env = b.Project.Name, b.Project.Env
	}
	if b.Options.Dry {
		return report.BuildPlan{Version: 1, Project: name, Environment: env, Error: text, ExitCode: code}
	}
	return report.BuildReport{Version: 1, Project: name, Environment: env, Error: text, ExitCode: code, TookMS: now.Sub(b.Began).Milliseconds()}
}

// built is what became of each build; result is nil where nothing was run.
func (b *Operation) built(result *engine.Result) []report.Built {
	list := make([]report.Built, 0, len(b.Verdicts))
	for _, v := range b.Verdicts {
		m := b.Made.Of(v.Build.Name)
		one := report.Built{Name: v.Build.Name, Services: v.Build.Services, Image: b.place(v), Key: v.Key, Tags: append([]string{v.Image}, v.Build.Tags...),
			State: report.ImageExists, Cause: v.Cause, TookMS: m.Took.Milliseconds(), ImageID: cmp.Or(m.id, v.ID), Size: m.size}
		for _, s := range m.Steps {
			one.Steps = append(one.Steps, report.BuildStep{Name: s.Name, Stage: s.Stage, Number: s.Number, Of: s.Of, Cached: s.Cached, TookMS: s.Took.Milliseconds()})
		}
		if result != nil {
			one.State = StateAfter(v, *result)
			one.Pushed = b.pushed(v, *result)
		}
		list = append(list, one)
	}
	return list
}

// StateAfter is what a run has made of a build.
func StateAfter(v image.Verdict, result engine.Result) report.BuildState {
	id, done := image.MakeID(v.Build), report.ImageBuilt
	switch v.State {
	case image.Exists:
		return report.ImageExists
	case image.Name:
		id, done = image.NameID(v.Build), report.ImageTagged
	}
	switch result.Outcomes[id].Kind {
	case engine.Done:
		return done
	case engine.Failed:
		return report.BuildBroken
	case engine.Cancelled:
		return report.BuildCancelled
	}
	return report.BuildSkipped
}

// place is where an image with its key is.
func (b *Operation) place(v image.Verdict) string {
	if v.Spread {
		return image.Pushed(b.Options.Push, v.Image)
	}
	return v.Image
}

// pushed are the names under which an image is in the registry now.
func (b *Operation) pushed(v image.Verdict, result engine.Result) []string {
	for id, outcome := range result.Outcomes {
		if ref, ok := strings.CutPrefix(string(id), "push image "); ok && outcome.Kind == engine.Done && ref == image.Pushed(b.Options.Push, v.Image) {
			return image.PushedAll(b.Options.Push, append([]string{v.Image}, v.Build.Tags...))
		}
	}
	if v.Spread && result.Outcomes[image.MakeID(v.Build)].Kind == engine.Done {
		return image.PushedAll(b.Options.Push, append([]string{v.Image}, v.Build.Tags...))
	}
	return nil
}

// planDocument is what would be done.
func (b *Operation) planDocument() report.BuildPlan {
	return report.BuildPlan{Version: 1, Project: b.Project.Name, Environment: b.Project.Env, Builds: b.planned()}
}

func (b *Operation) planned() []report.PlannedBuild {
	list := make([]report.PlannedBuild, 0, len(b.Verdicts))
	for _, v := range b.Verdicts {
		one := report.PlannedBuild{Name: v.Build.Name, Services: v.Build.Services, State: report.BuildState(v.State), Cause: v.Cause,
			Image: b.place(v), Key: v.Key, Tags: append([]string{v.Image}, v.Build.Tags...)}
		if b.Options.Push != "" {
			one.Push = image.PushedAll(b.Options.Push, one.Tags)
		}
		list = append(list, one)
	}
	return list
}
