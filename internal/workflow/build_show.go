package workflow

import (
	"errors"
	"strings"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/report"
)

// finish reports a run: its failures, or what there is now.
func (b *building) finish(result engine.Result) error {
	doc := report.BuildReport{OK: len(result.Failures) == 0, Changed: true, Builds: b.built(&result)}
	for _, v := range b.verdicts {
		if f := b.made.of(v.Build.Name).failed; f != nil {
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
		return &buildFailed{failed}
	}
	return failed
}

// failed is the error of the whole run; nil where all was done.
func (b *building) failed(result engine.Result, failures []report.BuildFailed) *failure.Error {
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
		name, _ := image.SplitTag(first(one.Image, one.Build))
		names = append(names, name)
	}
	return failure.New(f.Code, "%s were not built", strings.Join(names, ", ")).WithHint("%s", f.Hint)
}

func (b *building) show(doc report.BuildReport) error {
	if b.o.JSON {
		return b.document(doc)
	}
	if len(doc.Failures) > 0 {
		return report.BuildFailures(b.format.options, doc.Failures)
	}
	return report.BuildTable(b.format.tables, doc.Builds)
}

// document writes the one JSON document of -json.
func (b *building) document(doc report.BuildReport) error {
	doc.Version, doc.Project, doc.Environment = 1, b.project.Name, b.project.Env
	doc.TookMS = b.w.Now().Sub(b.began).Milliseconds()
	b.shown = true
	return report.Document(b.w.Out, doc)
}

// refuse writes the document of a run that failed before it could report.
func (b *building) refuse(w *Workflow, err error) error {
	var name, env string
	if b.session != nil {
		name, env = b.project.Name, b.project.Env
	}
	return w.mishap(b.o.JSON && !b.shown, err, func(text string, code int) any {
		if b.o.Dry {
			return report.BuildPlan{Version: 1, Project: name, Environment: env, Error: text, ExitCode: code}
		}
		return report.BuildReport{Version: 1, Project: name, Environment: env, Error: text, ExitCode: code, TookMS: w.Now().Sub(b.began).Milliseconds()}
	})
}

// built is what became of each build; result is nil where nothing was run.
func (b *building) built(result *engine.Result) []report.Built {
	list := make([]report.Built, 0, len(b.verdicts))
	for _, v := range b.verdicts {
		m := b.made.of(v.Build.Name)
		one := report.Built{Name: v.Build.Name, Services: v.Build.Services, Image: b.place(v), Key: v.Key, Tags: append([]string{v.Image}, v.Build.Tags...),
			State: report.ImageExists, Cause: v.Cause, TookMS: m.took.Milliseconds(), ImageID: first(m.id, v.ID), Size: m.size}
		for _, s := range m.steps {
			one.Steps = append(one.Steps, report.BuildStep{Name: s.Name, Stage: s.Stage, Number: s.Number, Of: s.Of, Cached: s.Cached, TookMS: s.Took.Milliseconds()})
		}
		if result != nil {
			one.State = stateAfter(v, *result)
			one.Pushed = b.pushed(v, *result)
		}
		list = append(list, one)
	}
	return list
}

// stateAfter is what a run has made of a build.
func stateAfter(v image.Verdict, result engine.Result) report.BuildState {
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
func (b *building) place(v image.Verdict) string {
	if v.Spread {
		return image.Pushed(b.o.Push, v.Image)
	}
	return v.Image
}

// pushed are the names under which an image is in the registry now.
func (b *building) pushed(v image.Verdict, result engine.Result) []string {
	for id, outcome := range result.Outcomes {
		if ref, ok := strings.CutPrefix(string(id), "push image "); ok && outcome.Kind == engine.Done && ref == image.Pushed(b.o.Push, v.Image) {
			return image.PushedAll(b.o.Push, append([]string{v.Image}, v.Build.Tags...))
		}
	}
	if v.Spread && result.Outcomes[image.MakeID(v.Build)].Kind == engine.Done {
		return image.PushedAll(b.o.Push, append([]string{v.Image}, v.Build.Tags...))
	}
	return nil
}

// planDocument is what would be done.
func (b *building) planDocument() report.BuildPlan {
	return report.BuildPlan{Version: 1, Project: b.project.Name, Environment: b.project.Env, Builds: b.planned()}
}

func (b *building) planned() []report.PlannedBuild {
	list := make([]report.PlannedBuild, 0, len(b.verdicts))
	for _, v := range b.verdicts {
		one := report.PlannedBuild{Name: v.Build.Name, Services: v.Build.Services, State: report.BuildState(v.State), Cause: v.Cause,
			Image: b.place(v), Key: v.Key, Tags: append([]string{v.Image}, v.Build.Tags...)}
		if b.o.Push != "" {
			one.Push = image.PushedAll(b.o.Push, one.Tags)
		}
		list = append(list, one)
	}
	return list
}
