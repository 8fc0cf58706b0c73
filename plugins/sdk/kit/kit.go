// Package kit is the conformance kit: it starts a plugin's binary again and
// again, as a host would, and says of each rule of the contract whether the
// plugin keeps it. It knows the plugin by the contract alone, so that any
// language can pass. It imports plugins/sdk, gRPC and, as the only part of
// plugins, os/exec.
package kit

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Options are what a run of the kit may be told. The zero value is a run without
// a stack.
type Options struct {
	// Environ is the plugin's environment, NAME=value. Nil means PATH, HOME,
	// TMPDIR and LANG of this process, which is what a host gives.
	Environ []string
	// Timeout bounds each check; 0 means 20 s.
	Timeout time.Duration
	// LiveTimeout bounds each check that changes the running stack: to cut one
	// may cost data. 0 means 5 minutes.
	LiveTimeout time.Duration
	// Only names the checks to be run; Describe is always asked. Nil means all.
	Only []string
	// Config has values of variables where the defaults do not do.
	Config map[string]string
	// Endpoints and Secrets are those of a running stack. Where Endpoints is not
	// nil, the kit runs the checks that change things: hooks twice, backup and
	// restore.
	Endpoints, Secrets map[string]string
	// Project and Environment are the stack's, for these checks.
	Project, Environment string
	// Backups is a directory for backups of the running stack's data, which is
	// made where it is not there. "" means that of temporary files.
	Backups string
	// BackedUp, if not nil, is told of the first backup before it is restored:
	// its directory, and the files in it by their paths. With an error nothing is
	// restored.
	BackedUp func(dir string, files []*pluginv1.File) error
}

// Status of a check.
type Status string

// The four that there are. NotRun needs a running stack, which was not given.
const (
	Pass          Status = "pass"
	Fail          Status = "FAIL"
	NotApplicable Status = "n/a"
	NotRun        Status = "not run"
)

// Check is one rule of the contract, and what became of it.
type Check struct {
	Name   string
	Status Status
	Detail string // why, where it is no plain pass
	Took   time.Duration
}

// Report is the result of all checks.
type Report struct {
	Plugin, Version string // "" where it did not say
	Checks          []Check
	// Backup is the directory of the first backup of the running stack's data,
	// where it was not shown that all of that was restored. "" means that there
	// is none: it is removed otherwise.
	Backup string
}

// Failed counts the checks that failed.
func (r Report) Failed() int { return r.Count(Fail) }

// Count counts the checks of a status.
func (r Report) Count(s Status) (n int) {
	for _, c := range r.Checks {
		if c.Status == s {
			n++
		}
	}
	return n
}

// Run checks a binary. The error is about the run itself; a plugin that keeps
// no rule at all is a report. With an error, too, Report.Backup is as it says.
func Run(ctx context.Context, binary string, o Options) (Report, error) {
	path, err := filepath.Abs(binary)
	if err != nil {
		return Report{}, fmt.Errorf("find plugin %q: %w", binary, err)
	}
	if o.Environ == nil {
		o.Environ = inherited()
	}
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	if o.LiveTimeout == 0 {
		o.LiveTimeout = 5 * time.Minute
	}
	s := &session{binary: path, options: o}
	var report Report
	for _, c := range checks() {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		if len(o.Only) > 0 && c.name != "describe" && !slices.Contains(o.Only, c.name) {
			continue
		}
		report.Checks = append(report.Checks, s.check(ctx, c))
		report.Backup = s.kept
	}
	report.Plugin, report.Version = s.manifest.GetName(), s.manifest.GetVersion()
	return report, nil
}

// Test runs the kit as a test, each check a subtest.
func Test(t *testing.T, binary string, options ...Options) {
	t.Helper()
	var o Options
	if len(options) > 0 {
		o = options[0]
	}
	report, err := Run(t.Context(), binary, o)
	if report.Backup != "" {
		t.Errorf("the data may be no more; its backup is in %s", report.Backup)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Checks {
		t.Run(c.Name, func(t *testing.T) {
			switch c.Status {
			case Fail:
				t.Error(c.Detail)
			case NotRun:
				t.Skip(c.Detail)
			case Pass, NotApplicable:
				t.Log(c.Status, c.Detail)
			}
		})
	}
}

// notApplicable is why a check says nothing about this plugin.
type notApplicable string

// Error is the reason.
func (e notApplicable) Error() string { return string(e) }

// check runs one, bounded.
func (s *session) check(ctx context.Context, c rule) Check {
	begin := time.Now()
	limit := s.options.Timeout
	if c.changes {
		limit = s.options.LiveTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := Check{Name: c.name}
	var why notApplicable
	var err error
	switch {
	case s.manifest == nil && !c.first:
		err = notApplicable("the plugin did not answer Describe")
	case c.needs != "" && !s.can(c.needs):
		err = notApplicable("the plugin has no capability " + c.needs)
	case c.live && s.options.Endpoints == nil:
		done.Status, done.Detail = NotRun, "needs the endpoints of a running stack"
		return done
	default:
		done.Detail, err = c.run(ctx, s)
	}
	switch {
	case err == nil:
		done.Status = Pass
	case errors.As(err, &why):
		done.Status, done.Detail = NotApplicable, why.Error()
	default:
		done.Status, done.Detail = Fail, err.Error()
	}
	done.Took = time.Since(begin)
	return done
}

// rule is a check to be run. Its detail goes with a pass.
type rule struct {
	name    string
	needs   string // a capability
	first   bool   // it runs without a manifest
	live    bool   // it needs a running stack
	changes bool   // and changes it
	run     func(context.Context, *session) (detail string, err error)
}

// checks are all, in order: the last judge what the others left behind.
func checks() []rule {
	return []rule{
		{name: "handshake", first: true, run: handshake},
		{name: "describe", first: true, run: describe},
		{name: "manifest", run: manifest},
		{name: "render is pure", run: renderPure},
		{name: "fragment", run: fragment},
		{name: "required variables", run: required},
		{name: "defaults are valid", needs: pluginv1.CanValidate, run: validDefaults},
		{name: "unknown method", run: unknownMethod},
		{name: "absent capabilities", run: absentCapabilities},
		{name: "unknown names", run: unknownNames},
		{name: "bad requests", run: badRequests},
		{name: "large request", run: largeRequest},
		{name: "probe: closed endpoint", needs: pluginv1.CanProbe, run: probeClosed},
		{name: "probe: silent endpoint", needs: pluginv1.CanProbe, run: probeSilent},
		{name: "hooks: closed endpoint", needs: pluginv1.CanHooks, run: hooksClosed},
		{name: "hooks: silent endpoint", needs: pluginv1.CanHooks, run: hooksSilent},
		{name: "cancel", run: cancel},
		{name: "signals", needs: pluginv1.CanCommands, run: signals},
		{name: "mutual TLS", run: mutualTLS},
		{name: "shutdown", run: shutdown},
		{name: "lifeline", run: lifeline},
		{name: "probe: live", needs: pluginv1.CanProbe, live: true, run: probeLive},
		{name: "hooks twice", needs: pluginv1.CanHooks, live: true, changes: true, run: hooksTwice},
		{name: "backup and restore", needs: pluginv1.CanBackup, live: true, changes: true, run: backupRestore},
		{name: "stdout", run: silentStdout},
		{name: "secrets", run: secretsKept},
	}
}
