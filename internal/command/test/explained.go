package test

import (
	"errors"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// call is what brings this stack up; -services is told with it.
func (t *starting) call() string {
	switch {
	case t.options.Call != "":
		return t.options.Call
	case t.options.Target != "test:up":
		return t.options.Target
	}
	return "test:up -name=" + t.Name
}

func withServices(call string, services []string) string {
	if len(services) > 0 {
		call += " -services=" + strings.Join(services, ",")
	}
	return call
}

// explained is an error with what is typed next for a stack of this kind. One that
// does not stay is not gone on with.
func (t *starting) explained(err error) error {
	var f *failure.Error
	if !errors.As(err, &f) {
		return err
	}
	switch {
	case f.Code == failure.NotReady && !strings.HasPrefix(t.options.Target, "test:"): // a Go test, whose stack is gone by now
		f.Hint = ""
	case f.Code == failure.NotReady:
		return f.WithHint("docker compose -p %s logs, then mage %s again", t.Project, withServices(t.call(), t.options.Services))
	case t.keep == 0 && f.Code > 128:
		f.Details, f.Hint = nil, ""
	}
	return err
}
