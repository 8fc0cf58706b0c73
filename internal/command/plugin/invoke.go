package plugin

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Call is a command of a plugin as it was typed.
type Call struct {
	Plugin, Command string
	Arguments       []string
	// Flags are pointers to string, bool, int or time.Duration; a nil one was
	// not given.
	Flags map[string]any
}

// commandTime is how long a command may take that is not endless.
const commandTime = 10 * time.Minute

// Invoke runs a command of a plugin; its exit code is the command's, as an
// Exit. The first signal asks it to end, the second ends it.
func Invoke(ctx context.Context, w *app.Run, c Call) error {
	w.SurviveClosedPipe()
	signals := w.Signals
	w = w.WithoutSignals()
	return w.Guard(ctx, func(ctx context.Context) error {
		names, err := plugins.Names(w, w.ProjectLayout())
		if err != nil {
			return err
		}
		if !slices.Contains(names, c.Plugin) {
			return notEnabled(c.Plugin)
		}
		return app.IgnoreClosedPipe(invoke(ctx, w, c, signals))
	})
}

// invoke opens the stack and hands the call over.
func invoke(ctx context.Context, w *app.Run, c Call, signals <-chan os.Signal) error {
	s, err := load.Open(ctx, w, load.Options{Profiles: []string{"*"}, Degraded: true})
	if err != nil {
		return err
	}
	defer s.Close()
	p, command, err := commandOf(s, c)
	if err != nil {
		return err
	}
	if err := notDeployed(ctx, s, p, load.PluginCommand, load.PluginCommand, c.Plugin+":"+c.Command); err != nil {
		return err
	}
	limit := commandTime
	if command.Endless {
		limit = 0
	}
	list, err := s.Client.Containers(ctx, s.Project.Name)
	if err != nil {
		return err
	}
	load.WarnOthers(ctx, s, observe.Sort(list, observe.Record{}))
	run, err := execute.PluginRun(ctx, s, p, limit)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	numbers, asked := handOn(ctx, w.OwnSignals(signals), end)
	code, err := s.Plugins.Session().Invoke(ctx, p, run, pluginhost.Call{Command: c.Command,
		Arguments: c.Arguments, Flags: flagTexts(c.Flags), Width: outWidth(w), Dir: w.CallerDir(), Stdin: w.In, Out: w.Out, Err: w.Err, Signals: numbers}, plugins.PrintEvent(w, p.Manifest.Name))
	if quiet := endedByNumber(int(asked.Load()), code, err); quiet != nil {
		return quiet
	}
	if err != nil {
		return app.EndedBySignal(ctx, err)
	}
	if code != 0 {
		return &app.Exit{Code: code}
	}
	return nil
}

// endedByNumber is the end of a command that the signal it was handed ended, by
// its exit code or by the code of what it says. Who typed Ctrl-C knows why.
func endedByNumber(number, code int, err error) error {
	exit := 128 + number
	var rejected *pluginhost.Rejected
	cancelled := errors.As(err, &rejected) && rejected.Diagnostic.Code == pluginv1.CodeCancelled
	if number == 0 || code != exit && !cancelled {
		return nil
	}
	return &app.Exit{Code: exit}
}

// notDeployed refuses what changes the services of a plugin where they are a
// release's.
func notDeployed(ctx context.Context, s *load.Session, p *pluginhost.Plugin, target string, known ...string) error {
	if len(p.Manifest.Services) > 0 {
		known = append(known, "SERVICE", p.Manifest.Services[0].Name)
	}
	return s.NotDeployed(ctx, target, known...)
}

// commandOf finds the command, which the manifest may not declare any more.
func commandOf(s *load.Session, c Call) (*pluginhost.Plugin, manifest.Command, error) {
	p, ok := s.Plugins.Plugin(c.Plugin)
	if err := s.Plugins.BrokenBy(c.Plugin); err != nil {
		return nil, manifest.Command{}, err
	}
	if !ok {
		return nil, manifest.Command{}, notEnabled(c.Plugin)
	}
	i := slices.IndexFunc(p.Manifest.Commands, func(one manifest.Command) bool { return one.Name == c.Command })
	if i < 0 {
		return nil, manifest.Command{}, failure.New(failure.Preflight, "plugin %q has no command %q any more", c.Plugin, c.Command).
			WithHint("mage plugin:sync")
	}
	return p, p.Manifest.Commands[i], nil
}

func notEnabled(name string) error {
	return failure.New(failure.Usage, "%s is not enabled", name).WithHint("mage plugin:enable %s", name)
}

// outWidth is that of the terminal that results go to, 0 without one.
func outWidth(w *app.Run) int {
	if !w.OutTerminal {
		return 0
	}
	return w.Width
}

// flagTexts are the flags that were given, as text.
func flagTexts(flags map[string]any) map[string]string {
	given := map[string]string{}
	for name, flag := range flags {
		switch v := flag.(type) {
		case *string:
			put(given, name, v, func(s string) string { return s })
		case *bool:
			put(given, name, v, strconv.FormatBool)
		case *int:
			put(given, name, v, strconv.Itoa)
		case *time.Duration:
			put(given, name, v, time.Duration.String)
		}
	}
	return given
}

func put[T any](given map[string]string, name string, value *T, text func(T) string) {
	if value != nil {
		given[name] = text(*value)
	}
}

// handOn gives the first signal to the command, and ends it with the second.
// asked is the number that was handed on, 0 before.
func handOn(ctx context.Context, signals <-chan os.Signal, end context.CancelCauseFunc) (numbers <-chan int, asked *atomic.Int32) {
	given := make(chan int, 1)
	asked = &atomic.Int32{}
	go func() {
		for {
			select {
			case s := <-signals:
				if asked.Load() != 0 {
					end(app.Signalled{Signal: s})
					return
				}
				asked.Store(int32(numberOf(s)))
				given <- numberOf(s)
			case <-ctx.Done():
				return
			}
		}
	}()
	return given, asked
}

// numberOf is POSIX's number, whatever the system calls it.
func numberOf(s os.Signal) int {
	switch s {
	case syscall.SIGTERM:
		return 15
	case syscall.SIGHUP:
		return 1
	}
	return 2
}
