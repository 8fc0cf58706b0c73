package dev

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/develop"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
	"github.com/infinitescribe/spellbook/internal/units"
)

// turn is what is done to the containers of a service in one round.
type turn struct {
	d          *watcher
	of         *delivery
	service    string
	alone      bool // no other service has a turn
	containers []docker.Container

	line    *watchLine // nil until there is something to tell
	sent    develop.Sent
	reached int // containers that something was sent to
	took    time.Duration
	errs    []error
	said    bytes.Buffer // by what was run
}

// send sends to each container what it has not got. One that is new gets all that has
// changed since the watch began, in its image or not, and all files of a rule with
// initial_sync.
func (t *turn) send(ctx context.Context, now map[string]develop.Tree) {
	had := map[string]map[string]develop.Tree{}
	if !slices.ContainsFunc(t.containers, func(c docker.Container) bool { return t.of.had[c.ID] != nil }) {
		t.of.restart, t.of.runs = false, nil // all began after that
	}
	for _, c := range t.containers {
		was, known := t.of.had[c.ID]
		if !known {
			was = t.of.begun
		}
		before := t.sent.Files + t.sent.Removed
		got := maps.Clone(was)
		for _, r := range t.of.rules {
			got[r.Key] = t.apply(ctx, c, r, now[r.Key], was[r.Key], known)
		}
		had[c.ID] = got
		if t.sent.Files+t.sent.Removed > before {
			t.reached++
		}
	}
	t.of.had = had
	t.told()
}

// apply does what one rule says to one container, and returns what that has got.
func (t *turn) apply(ctx context.Context, c docker.Container, r develop.Rule, now, was develop.Tree, known bool) develop.Tree {
	change, had := now.Since(was), was
	full := change
	if r.Initial && !known {
		full.Changed = slices.Sorted(maps.Keys(now))
		had = develop.Tree{} // all of it is to be sent, if not now
		for _, path := range full.Gone {
			had[path] = was[path]
		}
	}
	switch {
	case full.None(), r.Action == types.WatchActionRebuild:
		return now
	case !r.Sends() || r.Mounted != "": // the container sees the files, but it may have begun after the change
		if known && (r.Restarts() || r.Action == types.WatchActionSyncExec) {
			t.tell(change, was)
			t.then(r)
		}
		return now
	}
	if news := full.Without(t.of.unread); !news.None() { // else it was told that it cannot be read
		t.tell(change, was)
	}
	began := t.d.w.Now()
	sent, err := develop.Send(ctx, t.d.world.stack.Client, c.ID, r, full)
	t.took += t.d.w.Now().Sub(began)
	t.sent.Files += sent.Files
	t.sent.Removed += sent.Removed
	t.sent.Kept, t.sent.Why = append(t.sent.Kept, sent.Kept...), cmp.Or(sent.Why, t.sent.Why)
	if err != nil {
		t.tell(change, was)
		t.errs = append(t.errs, err)
		return had
	}
	if full.Without(sent.Unread).None() { // nothing has come of it
		return t.lacks(now, had, sent.Unread)
	}
	t.tell(change, was)
	if known && !change.None() || !known && !now.Since(t.of.image[r.Key]).None() {
		t.then(r)
	}
	return t.lacks(now, had, sent.Unread)
}

// lacks is what a container has got of what there is now, without what could not
// be read, which is told once.
func (t *turn) lacks(now, was develop.Tree, unread map[string]error) develop.Tree {
	if len(unread) == 0 {
		return now
	}
	now = maps.Clone(now)
	for _, path := range slices.Sorted(maps.Keys(unread)) {
		t.of.unread[path] = unread[path]
		t.d.warnOnce("service %s: %s is not sent until it can be read: %v", t.service, t.d.short(path), unread[path])
		if before, had := was[path]; had {
			now[path] = before
		} else {
			delete(now, path)
		}
	}
	return now
}

// then notes what comes after the files.
func (t *turn) then(r develop.Rule) {
	t.of.restart = t.of.restart || r.Restarts()
	same := func(one develop.Rule) bool { return one.Key == r.Key }
	if r.Action == types.WatchActionSyncExec && !slices.ContainsFunc(t.of.runs, same) {
		t.of.runs = append(t.of.runs, r)
	}
}

// tell begins the line.
func (t *turn) tell(c develop.Change, was develop.Tree) {
	if t.line == nil {
		t.line = t.d.line(t.service, t.d.summary(c, was), t.alone)
	}
}

// summary is what has changed, in a few words.
func (d *watcher) summary(c develop.Change, was develop.Tree) string {
	files := slices.DeleteFunc(slices.Clone(c.Changed), isDir)
	what := "changed"
	if len(files) == 0 {
		files = slices.DeleteFunc(slices.Clone(c.Gone), func(path string) bool { return was[path].Mode.IsDir() })
		what = "removed"
	}
	if len(files) == 0 {
		if files, what = c.Changed, "changed"; len(files) == 0 {
			files, what = c.Gone, "removed"
		}
	}
	switch short := d.world.stack.Project.Short; len(files) {
	case 0:
		return "initial_sync"
	case 1:
		return short(files[0]) + " " + what
	default:
		return fmt.Sprintf("%s and %s %s", short(files[0]), units.Plural(len(files)-1, "more file"), what)
	}
}

// told adds to the line what was sent.
func (t *turn) told() {
	if t.line == nil && t.of.owes() {
		t.line = t.d.line(t.service, "tried again", t.alone)
	}
	if t.line == nil {
		return
	}
	words := ""
	switch s := t.sent; {
	case s.Files > 0 && s.Removed > 0:
		words = fmt.Sprintf("synced %d and removed %s", s.Files, units.Plural(s.Removed, "file"))
	case s.Files > 0:
		words = "synced " + units.Plural(s.Files, "file")
	case s.Removed > 0:
		words = "removed " + units.Plural(s.Removed, "file")
	}
	if words != "" {
		if t.reached > 1 {
			words += fmt.Sprintf(" in %d containers", t.reached)
		}
		t.line.add(words + " " + report.Took(t.took))
	}
	if n := len(t.sent.Kept); n > 0 {
		t.line.add(fmt.Sprintf("%s could not be removed from the container, as %s", units.Plural(n, "path"), t.sent.Why))
	}
	if len(t.errs) > 0 {
		t.line.add("not synced, which the next change tries again")
	}
}

// after restarts and runs what the rules say, and ends the lines.
func (d *watcher) after(ctx context.Context, turns []*turn) {
	turns = slices.DeleteFunc(turns, func(t *turn) bool { return t.line == nil })
	unready := d.restartServices(ctx, turns)
	for _, t := range turns {
		if len(t.errs) == 0 && !t.of.restart {
			t.run(ctx)
		}
		t.line.end()
		_, _ = io.WriteString(d.w.Out, d.mask(t.said.String()))
		for _, err := range t.errs {
			if ctx.Err() == nil {
				d.complain(err)
			}
		}
	}
	for _, f := range unready {
		report.FailureBlock(d.format.Options, f)
	}
}

// restartServices restarts those services whose rules say so, all at once.
func (d *watcher) restartServices(ctx context.Context, turns []*turn) []status.Failure {
	turns = slices.DeleteFunc(slices.Clone(turns), func(t *turn) bool { return !t.of.restart || len(t.errs) > 0 })
	if len(turns) == 0 {
		return nil
	}
	var services []string
	var lines watchLines
	for _, t := range turns {
		services, lines = append(services, t.service), append(lines, t.line)
	}
	began := d.w.Now()
	quiet := silent(d.w)
	failures, err := d.up(quiet, quiet.Format(false)).Restart(ctx, services)
	switch took := report.Took(d.w.Now().Sub(began)); {
	case ctx.Err() != nil:
		lines.add("interrupted")
	case err == nil:
		lines.add("restarted, ready " + took)
		for _, t := range turns {
			t.of.restart = false
		}
	case len(failures) > 0:
		lines.add(reasons(failures))
	default:
		lines.add("not restarted")
		turns[0].errs = append(turns[0].errs, err) // told once
	}
	return failures
}

// run runs the commands of the rules in the containers that run. One that could not
// be run is owed still; one that failed is not.
func (t *turn) run(ctx context.Context) {
	t.of.runs = slices.DeleteFunc(t.of.runs, func(r develop.Rule) bool {
		command := "`" + t.d.mask(strings.Join(r.Exec.Command, " ")) + "`"
		done := true
		for _, c := range t.containers {
			began := t.d.w.Now()
			err := develop.Run(ctx, t.d.world.stack.Client, c.ID, r, &t.said)
			var code develop.ExitCode
			switch {
			case ctx.Err() != nil:
				t.line.add("interrupted")
				return false
			case err != nil:
				t.line.add(command + " " + t.d.mask(err.Error()))
				done = done && (errors.As(err, &code) || docker.NoProgram(err))
			default:
				t.line.add("ran " + command + " " + report.Took(t.d.w.Now().Sub(began)))
			}
		}
		return done
	})
}
