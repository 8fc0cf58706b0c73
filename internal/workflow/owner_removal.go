package workflow

import (
	"context"
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/ownership"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// removal is a target that removes what carries the project's labels: what this
// checkout made, and the rest only where the user has named the project.
type removal struct {
	target string   // with its flags, for hints
	all    bool     // confirmed by name
	others []string // what others have made
}

// newRemoval takes the name that the user confirms with, "" for none.
func (s *session) newRemoval(target, confirm string) (*removal, error) {
	if confirm != "" && confirm != s.project.Name {
		return nil, failure.New(failure.Usage, "-confirm=%s is not the project's name", confirm).WithHint("-confirm=%s", s.project.Name)
	}
	return &removal{target: target, all: confirm != ""}, nil
}

// part leaves of b what may go.
func (s *session) part(ctx context.Context, r *removal, b infra.Belongings) infra.Belongings {
	ours, others := s.makersOf(ctx, b.State).Part(b, func(v infra.Leftover) ownership.Maker { return s.volumeMaker(ctx, v) })
	r.others = others
	if r.all {
		return b
	}
	return ours
}

// partImages leaves the images that may go: all of them, unless others have
// used the project's name as well.
func (s *session) partImages(ctx context.Context, r *removal, list []infra.Leftover, b infra.Belongings) ([]infra.Leftover, error) {
	volumes, err := s.volumeMakers(ctx)
	if err != nil {
		return nil, err
	}
	shared := len(r.others) > 0 || s.checkout(ctx).Shared()
	for _, m := range volumes {
		shared = shared || m.Dir != "" && m.Dir != s.layout.Root
	}
	if !shared {
		return list, nil
	}
	ours, others := s.makersOf(ctx, b.State).PartImages(list)
	r.others = append(r.others, others...)
	if r.all {
		return list, nil
	}
	return ours, nil
}

// settle plans, asks on a terminal for what others have made, and says what is
// kept of it.
func (s *session) settle(ctx context.Context, r *removal, dry bool, look func() (plan.Plan, error)) (plan.Plan, error) {
	p, err := look()
	if err != nil {
		return p, err
	}
	again, err := s.ask(ctx, r, dry)
	if err == nil && again {
		p, err = look()
	}
	if err != nil {
		return p, err
	}
	return p, s.sayOthers(r, p.Empty())
}

// ask lets somebody on a terminal name the project, so that what others have
// made goes too. It reports whether the plan is another now.
func (s *session) ask(ctx context.Context, r *removal, dry bool) (bool, error) {
	if r.all || len(r.others) == 0 || dry || !s.w.InTerminal {
		return false, nil
	}
	_, _ = fmt.Fprintf(s.w.Err, "not made from this checkout:\n  %s\nType %s to remove that too, or press Enter to keep it: ",
		strings.Join(r.others, "\n  "), s.project.Name)
	answer, err := s.w.readLine(ctx)
	switch strings.TrimSpace(answer) {
	case "":
		return false, err
	case s.project.Name:
		r.all = true
		return true, nil
	}
	return false, failure.New(failure.Refused, "not done: that is not the project's name")
}

// sayOthers names what is kept because others have made it; where nothing else
// is to be done, that is the error.
func (s *session) sayOthers(r *removal, empty bool) error {
	if r.all || len(r.others) == 0 {
		return nil
	}
	hint := fmt.Sprintf("mage %s -confirm=%s removes that too", r.target, s.project.Name)
	if empty {
		return failure.New(failure.Refused, "nothing of %s that could go was made from this checkout", s.project.Name).
			WithDetails(r.others...).WithHint("%s", hint)
	}
	for _, line := range r.others {
		_, _ = fmt.Fprintf(s.w.Err, "%s is kept\n", line)
	}
	_, _ = fmt.Fprintf(s.w.Err, "→ %s\n", hint)
	return nil
}
