package build

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/buildlog"
	"github.com/infinitescribe/spellbook/internal/dockerfile"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// buildFailure is a failed build, with what explains it kept for the report.
func (b *Operation) buildFailure(one plan.Build, m *Result, log *buildlog.Log, err error) error {
	f := log.Failure()
	if f == nil {
		f = &buildlog.Failure{Reason: err.Error(), Hint: "docker buildx version tells whether buildx is there", Code: failure.Unexpected}
	}
	f.Reason, f.Step = b.Project.MaskValues(f.Reason), b.Project.MaskValues(f.Step)
	for i, line := range f.Output {
		f.Output[i] = b.Project.MaskValues(line)
	}
	text := b.inputs[one.Name].Text // nil where the context is elsewhere
	if f.Line == 0 && f.Step != "" && text != nil {
		f.Line = text.Locate(dockerfile.Step{Stage: f.Stage, Text: f.Step, Number: f.Number, Of: f.Of})
	}
	if text != nil && f.Word != "" && f.Line == 0 {
		f.Line = text.Find(f.Word)
	}
	if f.Refused && text != nil && text.Expands(f.Word) {
		tooOld(f, text)
	}
	m.Failed = &report.BuildFailed{Build: one.Name, Image: one.Tags[0], Services: one.Services, Stage: f.Stage, Step: f.Step, Line: f.Line, Output: f.Output,
		Reason: f.Reason, Hint: f.Hint, ExitCode: f.ExitCode}
	if file := cmp.Or(b.inputs[one.Name].Path, one.Dockerfile); file != "" {
		m.Failed.Dockerfile = b.Project.Short(file)
	}
	if text != nil && f.Line > 0 {
		from, to := text.Instruction(f.Line)
		for _, line := range text.Excerpt(from, to, 2) {
			m.Failed.Excerpt = append(m.Failed.Excerpt, report.CodeLine{Number: line.Number, Text: line.Text, Marked: line.Marked})
		}
	}
	return failure.New(f.Code, "build %s: %s", image.Repository(one), f.Reason).WithHint("%s", f.Hint)
}

// tooOld explains that a builder cannot read what BuildKit's parser of our days
// has read before: heredocs, COPY --link and the like. The parser, the Dockerfile's
// frontend, can be another than the builder's own.
func tooOld(f *buildlog.Failure, text *dockerfile.File) {
	f.Step, f.Reason = "", "the builder is too old for "+f.Word
	if f.Line > 0 { // else the word is of an image's ONBUILD
		line, _ := text.Instruction(f.Line)
		f.Line, f.Reason = line, fmt.Sprintf("the builder is too old for line %d", line)
		if at := text.Excerpt(line, line, 0); len(at) > 0 {
			f.Reason += ": " + strings.TrimSpace(at[0].Text)
		}
	}
	const newest, newer = "docker/dockerfile:1", "docker buildx create --use --driver docker-container makes a newer builder"
	switch syntax := text.Syntax(); syntax {
	case "":
		f.Hint = "begin the Dockerfile with # syntax=" + newest + "; or " + newer
	case newest:
		f.Hint = newer
	default:
		f.Hint = "in place of " + syntax + " write # syntax=" + newest + "; or " + newer
	}
}

// warn tells what does nothing, or may be out of date, once the plan is made.
func (b *Operation) warn() {
	say := func(format string, args ...any) {
		b.Run.Tell("warning: "+format, args...)
	}
	for _, text := range b.doubts {
		say("%s", text)
	}
	for _, one := range b.Chosen {
		in := b.inputs[one.Name]
		for _, name := range in.Unused {
			say("build %s: argument %s is no ARG of the Dockerfile and does nothing", image.Repository(one), name)
		}
	}
	b.warnBases()
}

// warnBases tells of digests that are believed although no registry confirms
// them, and of those that nobody knows.
func (b *Operation) warnBases() {
	for _, one := range b.Chosen {
		for _, base := range b.inputs[one.Name].Bases {
			if base.Err != nil {
				b.Run.Tell("warning: build %s: what %s is now is not known (%s), so another one makes no new image", image.Repository(one), base.Ref, base.Err)
			}
			if base.Source == observe.BaseRemembered {
				b.Run.Tell("warning: build %s: the registry does not tell what %s is now; what it said on %s is taken", image.Repository(one), base.Ref, base.At.Format(time.DateOnly))
			}
		}
	}
}

// FailedError is the end of a run whose failed builds have been told, each with
// an annotation of its own.
type FailedError struct{ run *failure.Error }

// AnnotatesItself says that each failed build has had an annotation of its own.
func (b *FailedError) AnnotatesItself() {}

// Error says what has failed.
func (b *FailedError) Error() string { return b.run.Error() }

// ExitStatus is what Mage looks for on the outermost error.
func (b *FailedError) ExitStatus() int { return b.run.ExitStatus() }

// Unwrap returns the failure.
func (b *FailedError) Unwrap() error { return b.run }
