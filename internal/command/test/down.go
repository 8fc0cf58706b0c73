package test

import (
	"cmp"
	"context"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/sandbox"
)

// Down removes a stack with its volumes, unless a process uses it.
func Down(ctx context.Context, w *app.Run, name string) error {
	return w.Guard(ctx, func(ctx context.Context) error {
		p, err := existing(ctx, w, name)
		if err != nil {
			return err
		}
		unlock, err := lock(ctx, w, p, "test:down")
		if err != nil {
			return err
		}
		defer unlock()
		if users := p.Users(w.Now()); len(users) > 0 {
			return failure.New(failure.Locked, "the stack %s is in use by %s", p.Name, users[0]).WithHint("end that first: it removes the stack itself, unless that is to stay")
		}
		r, _ := p.Read()
		if _, err := remove(ctx, w, p); err != nil {
			return err
		}
		return w.Say("%s is down, its volumes are gone\n", r.Project)
	})
}

// existing is the stack of that name, or that of the branch.
func existing(ctx context.Context, w *app.Run, name string) (sandbox.Place, error) {
	p, err := sandbox.At(w.ProjectLayout(), cmp.Or(name, nameOf(ctx, w)))
	if err != nil {
		return p, err
	}
	if err := p.Check(); err != nil {
		return p, err
	}
	if _, ok := p.Read(); ok {
		return p, nil
	}
	var names []string
	all, err := sandbox.Stacks(p.Layout)
	for _, one := range all {
		if _, ok := one.Read(); ok {
			names = append(names, one.Name)
		}
	}
	hint := "mage test:up makes one"
	if len(names) > 0 {
		hint = "stacks are: " + strings.Join(names, ", ")
	}
	if err != nil {
		return p, err
	}
	return p, failure.New(failure.Usage, "there is no stack %s", p.Name).WithHint("%s", hint)
}
