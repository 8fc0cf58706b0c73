package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/process"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Validate asks the plugin about values; one without that capability has
// nothing to say.
func (s *Session) Validate(ctx context.Context, p *Plugin, config map[string]string) ([]manifest.Diagnostic, error) {
	if !p.Manifest.Can(pluginv1.CanValidate) {
		return nil, nil
	}
	answer, err := again(ctx, s, p, func(proc *process.Process) (*pluginv1.ValidateResponse, error) {
		return proc.Validate(ctx, &pluginv1.ValidateRequest{Config: configOf(p.Manifest, config)})
	})
	if err != nil {
		return nil, failed(failure.Unexpected, err, nil)
	}
	return diagnostics(answer.GetDiagnostics()), nil
}

// Probe is one attempt.
func (s *Session) Probe(ctx context.Context, p *Plugin, r Run, service string) (Probed, error) {
	run := s.run(p, r)
	answer, err := again(ctx, s, p, func(proc *process.Process) (*pluginv1.ProbeResponse, error) {
		return proc.Probe(ctx, &pluginv1.ProbeRequest{Run: run, Service: service})
	})
	if err != nil {
		return Probed{}, failed(failure.Unexpected, err, run.GetSecrets())
	}
	show := func(text string) string { return manifest.Printable(Masked(text, run.GetSecrets())) }
	probed := Probed{Reason: show(answer.GetReason()), Detail: show(answer.GetDetail())}
	switch answer.GetReadiness() {
	case pluginv1.Readiness_READINESS_READY:
		probed.Ready = true
	case pluginv1.Readiness_READINESS_FATAL:
		probed.Fatal = true
		d := shown(answer.GetDiagnostic(), run.GetSecrets())
		probed.Diagnostic = &d
	case pluginv1.Readiness_READINESS_NOT_YET, pluginv1.Readiness_READINESS_UNSPECIFIED:
	}
	return probed, nil
}

// again makes a call that changes nothing, and makes it once more when the
// plugin died of it: a new process is often all that was missing.
func again[T any](ctx context.Context, s *Session, p *Plugin, call func(*process.Process) (T, error)) (T, error) {
	for {
		proc, err := s.process(ctx, p)
		if err != nil {
			var none T
			return none, err
		}
		answer, err := call(proc)
		var e *process.Error
		if errors.As(err, &e) && e.Code == process.Crashed && s.mayLaunch(p) {
			select {
			case <-proc.Done():
				continue
			case <-ctx.Done():
			}
		}
		return answer, err
	}
}

// mayLaunch says whether the plugin has a launch left.
func (s *Session) mayLaunch(p *Plugin) bool {
	s.mu.Lock()
	r := s.running[p.Manifest.Name]
	s.mu.Unlock()
	if r == nil {
		return false
	}
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	return r.launches < maxLaunches
}

// of is the run as the plugin may see it: what its manifest declares, and
// nothing else.
func (r Run) of(m manifest.Manifest) *pluginv1.Run {
	run := &pluginv1.Run{
		Id: r.ID, DryRun: r.DryRun, Project: r.Project, Environment: r.Environment,
		Config: configOf(m, r.Config), Secrets: map[string]string{}, Endpoints: map[string]string{},
	}
	if !r.Deadline.IsZero() {
		run.Deadline = timestamppb.New(r.Deadline)
	}
	for _, v := range m.Variables {
		if value, there := r.Secrets[v.Name]; there && v.Secret && value != "" {
			run.Secrets[v.Name] = value
		}
	}
	for _, e := range m.Endpoints {
		if at, there := r.Endpoints[e.Name]; there && at != "" {
			run.Endpoints[e.Name] = at
		}
	}
	return run
}

// until bounds a call by the run's deadline.
func (r Run) until(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.Deadline.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, r.Deadline)
}

// within is until, for a run without a deadline the limit.
func (r Run) within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if r.Deadline.IsZero() {
		return context.WithTimeout(ctx, limit)
	}
	return r.until(ctx)
}

// limit is how long a hook may take: one minute, unless its manifest says more.
func limit(m manifest.Manifest, phase string) time.Duration {
	for _, h := range m.Hooks {
		if h.Phase == phase && h.Timeout > 0 {
			return h.Timeout
		}
	}
	return time.Minute
}

// Hook runs a phase. An error of the plugin itself has the exit code of a
// service that did not become ready.
func (s *Session) Hook(ctx context.Context, p *Plugin, r Run, phase string, tell func(Event)) error {
	ctx, cancel := r.within(ctx, limit(p.Manifest, phase))
	defer cancel()
	proc, err := s.process(ctx, p)
	if err != nil {
		return err
	}
	st := stream{plugin: p.Manifest.Name, run: s.run(p, r), tell: tell}
	result, err := proc.RunHook(ctx, &pluginv1.RunHookRequest{Run: st.run, Phase: phaseNumber(phase)}, st.event)
	if err != nil {
		return failed(failure.NotReady, err, st.run.GetSecrets())
	}
	return st.judge(failure.NotReady, "hook "+phase, result)
}

func phaseNumber(phase string) pluginv1.Phase {
	for number, name := range manifest.Phases {
		if name == phase {
			return number
		}
	}
	return pluginv1.Phase_PHASE_UNSPECIFIED
}

// Invoke runs a command and gives its exit code. What the plugin found to be
// wrong is an error too.
func (s *Session) Invoke(ctx context.Context, p *Plugin, r Run, c Call, tell func(Event)) (int, error) {
	ctx, cancel := r.until(ctx)
	defer cancel()
	proc, err := s.process(ctx, p)
	if err != nil {
		return int(failure.CodeOf(err)), err
	}
	st := stream{plugin: p.Manifest.Name, run: s.run(p, r), tell: tell, out: c.Out, err: c.Err}
	result, err := proc.Invoke(ctx, process.Input{
		Start: &pluginv1.Start{
			Run: st.run, Command: c.Command, Arguments: c.Arguments, Flags: c.Flags,
			Width: uint32(min(max(c.Width, 0), math.MaxUint16)), Directory: c.Dir,
		},
		Stdin: c.Stdin, Signals: c.Signals,
	}, st.event)
	if err != nil {
		err = failed(failure.Unexpected, err, st.run.GetSecrets())
		return int(failure.CodeOf(err)), err
	}
	code := int(result.GetExitCode())
	if err := st.judge(failure.Unexpected, c.Command, &pluginv1.Result{Diagnostics: result.GetDiagnostics()}); err != nil {
		return max(code, 1), err
	}
	return code, nil
}

// Backup writes into dir, and lists what it wrote there.
func (s *Session) Backup(ctx context.Context, p *Plugin, r Run, dir string, tell func(Event)) ([]File, error) {
	ctx, cancel := r.until(ctx)
	defer cancel()
	proc, err := s.process(ctx, p)
	if err != nil {
		return nil, err
	}
	st := stream{plugin: p.Manifest.Name, run: s.run(p, r), tell: tell}
	result, err := proc.Backup(ctx, &pluginv1.BackupRequest{Run: st.run, Directory: dir}, st.event)
	if err != nil {
		return nil, failed(failure.Unexpected, err, st.run.GetSecrets())
	}
	if err := st.judge(failure.Unexpected, "backup", result); err != nil {
		return nil, err
	}
	var files []File
	for _, f := range result.GetFiles() {
		if !isListed(f) {
			return nil, failure.New(failure.Unexpected, "plugin %q, backup: it lists %q, and not as a/b: the path in the directory, with size and sha256", p.Manifest.Name, manifest.Cut(f.GetPath())).
				WithHint("correct the plugin, then mage plugin:test %s -live", p.Manifest.Name)
		}
		files = append(files, File{Path: f.GetPath(), Size: int64(f.GetSize()), SHA256: f.GetSha256()})
	}
	return files, nil
}

// isListed: a file is named by the one path that it has in its directory.
func isListed(f *pluginv1.File) bool {
	return fs.ValidPath(f.GetPath()) && filepath.IsLocal(filepath.FromSlash(f.GetPath())) && !strings.Contains(f.GetPath(), "\\") &&
		manifest.IsText(f.GetPath(), "") && sha256Form.MatchString(f.GetSha256()) && f.GetSize() <= math.MaxInt64
}

// Restore reads from dir.
func (s *Session) Restore(ctx context.Context, p *Plugin, r Run, dir string, tell func(Event)) error {
	ctx, cancel := r.until(ctx)
	defer cancel()
	proc, err := s.process(ctx, p)
	if err != nil {
		return err
	}
	st := stream{plugin: p.Manifest.Name, run: s.run(p, r), tell: tell}
	result, err := proc.Restore(ctx, &pluginv1.RestoreRequest{Run: st.run, Directory: dir}, st.event)
	if err != nil {
		return failed(failure.Unexpected, err, st.run.GetSecrets())
	}
	return st.judge(failure.Unexpected, "restore", result)
}

// judge makes an error of a result that is one; its warnings are told.
func (st stream) judge(code failure.Code, phase string, result *pluginv1.Result) error {
	var err *failure.Error
	for _, raw := range result.GetDiagnostics() {
		d := shown(raw, st.run.GetSecrets())
		switch {
		case d.Warning:
			st.send(Event{Line: &Line{Plugin: st.plugin, Level: "warn", Message: d.Summary, Fields: map[string]string{"code": d.Code}}})
		case err == nil:
			err = failure.New(code, "%w", &Rejected{Plugin: st.plugin, Phase: phase, Diagnostic: d}).WithHint("%s", d.Hint)
		default:
			err.WithDetails(d.Summary)
		}
	}
	if err != nil {
		return err
	}
	if n := result.GetExitCode(); n != 0 {
		return failure.New(code, "plugin %q, %s: it ended with code %d", st.plugin, phase, n).WithHint("mage plugin:test %s", st.plugin)
	}
	return nil
}

// Rejected is a plugin's own finding that ended its work; Diagnostic.Code is
// for programs.
type Rejected struct {
	Plugin, Phase string
	Diagnostic    manifest.Diagnostic
}

func (r *Rejected) Error() string {
	return fmt.Sprintf("plugin %q, %s: %s", r.Plugin, r.Phase, r.Diagnostic.Summary)
}

// shown is a diagnostic without secrets. They are masked before anything is cut
// or cleaned: half of one is none that could be found.
func shown(raw *pluginv1.Diagnostic, secrets map[string]string) manifest.Diagnostic {
	return diagnostic(&pluginv1.Diagnostic{
		Severity: raw.GetSeverity(), Code: Masked(raw.GetCode(), secrets), Summary: Masked(raw.GetSummary(), secrets),
		Path: Masked(raw.GetPath(), secrets), Hint: Masked(raw.GetHint(), secrets),
	})
}
