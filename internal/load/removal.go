package load

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/ownership"
	"github.com/infinitescribe/spellbook/internal/units"
)

// Removal is a target that removes what carries the project's labels: what this
// checkout made, and the rest only where the user has named the project.
type Removal struct {
	target  string   // with its flags, for hints
	All     bool     // confirmed by name
	Foreign []string // what others have made
	listed  bool     // somebody was asked about that, and has seen it
}

// NewRemoval takes the name that the user confirms with, "" for none.
func (s *Session) NewRemoval(target, confirm string) (*Removal, error) {
	if confirm != "" && confirm != s.Project.Name {
		return nil, failure.New(failure.Usage, "-confirm=%s is not the project's name", confirm).WithHint("-confirm=%s", s.Project.Name)
	}
	return &Removal{target: target, All: confirm != ""}, nil
}

// RemovableParts leaves of b what may go.
func (s *Session) RemovableParts(ctx context.Context, r *Removal, b infra.Belongings) infra.Belongings {
	ours, others := s.MakersOf(ctx, b.State).Part(b, func(v infra.Leftover) ownership.Maker { return s.volumeMaker(ctx, v) })
	r.Foreign = others
	if r.All {
		return b
	}
	ours.Shared = len(others) > 0
	return ours
}

// RemovableImages leaves the images that may go: all of them, unless others have
// used the project's name as well.
func (s *Session) RemovableImages(ctx context.Context, r *Removal, list []infra.Leftover, b infra.Belongings) ([]infra.Leftover, error) {
	volumes, err := s.VolumeMakers(ctx)
	if err != nil {
		return nil, err
	}
	shared := len(r.Foreign) > 0 || s.Checkout(ctx).Shared()
	for _, m := range volumes {
		shared = shared || m.Dir != "" && m.Dir != s.Layout.Root
	}
	if !shared {
		return list, nil
	}
	ours, others := s.MakersOf(ctx, b.State).PartImages(list)
	r.Foreign = append(r.Foreign, others...)
	if r.All {
		return list, nil
	}
	return ours, nil
}

// AskRemoval lets somebody on a terminal name the project, so that what others have
// made goes too. It reports whether the plan is another now.
func (s *Session) AskRemoval(ctx context.Context, r *Removal, dry bool) (bool, error) {
	if r.All || len(r.Foreign) == 0 || dry || !s.Run.InTerminal {
		return false, nil
	}
	s.Run.Tell("not made from this checkout:\n  %s", strings.Join(r.Foreign, "\n  "))
	_, _ = fmt.Fprintf(s.Run.Err, "Type %s to remove that too, or press Enter to keep it: ", s.Project.Name)
	r.listed = true
	answer, err := s.Run.ReadLine(ctx)
	switch strings.TrimSpace(answer) {
	case "":
		return false, err
	case s.Project.Name:
		r.All = true
		return true, nil
	}
	return false, failure.New(failure.Refused, "not done: that is not the project's name")
}

// ReportOthers names what is kept because others have made it, unless who was asked
// about it wants that; where nothing else is to be done, that is the error.
func (s *Session) ReportOthers(r *Removal, empty bool) error {
	if r.All || len(r.Foreign) == 0 {
		return nil
	}
	hint := fmt.Sprintf("mage %s -confirm=%s removes that too", r.target, s.Project.Name)
	lines := r.Foreign
	if r.listed {
		lines = nil
	}
	if empty {
		return failure.New(failure.Refused, "nothing of %s that could go was made from this checkout", s.Project.Name).
			WithDetails(lines...).WithHint("%s", hint)
	}
	for _, line := range lines {
		s.Run.Tell("%s is kept", line)
	}
	if len(lines) > 0 {
		s.Run.Tell("→ %s", hint)
	}
	return nil
}

// Only keeps the sizes of what is among names.
func Only(sizes []docker.Sized, names []string) []docker.Sized {
	return slices.DeleteFunc(sizes, func(s docker.Sized) bool { return !slices.Contains(names, s.Name) })
}

// List shows what is about to go, with its sizes, before it is asked for.
func List(s *Session, title string, sizes []docker.Sized) {
	if len(sizes) > 0 {
		_, _ = fmt.Fprint(s.Run.Err, Listing(title, sizes))
	}
}

// Listing is a title, and below it each thing with its size.
func Listing(title string, sizes []docker.Sized) string {
	width := 0
	for _, one := range sizes {
		width = max(width, utf8.RuneCountInString(one.Name))
	}
	var b strings.Builder
	b.WriteString(title + "\n")
	for _, one := range sizes {
		line := fmt.Sprintf("  %-*s  %9s  %s", width, one.Name, units.SizeOf(one.Bytes), one.Note)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
