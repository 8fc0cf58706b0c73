package workflow

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
)

// PluginCall is a command of a plugin as it was typed.
type PluginCall struct {
	Plugin, Command string
	Arguments       []string
	// Flags are pointers to string, bool, int or time.Duration; a nil one was
	// not given.
	Flags map[string]any
}

// commandTime is how long a command may take that is not endless.
const commandTime = 10 * time.Minute

// PluginInvoke runs a command of a plugin; its exit code is the command's, as an
// Exit. The first signal asks it to end, the second ends it.
func (w *Workflow) PluginInvoke(ctx context.Context, c PluginCall) error {
	w.survivePipe()
	signals := w.Signals
	w = w.withoutSignals()
	return w.guarded(ctx, func(ctx context.Context) error {
		names, err := w.pluginNames(w.layout())
		if err != nil {
			return err
		}
		if !slices.Contains(names, c.Plugin) {
			return notEnabled(c.Plugin)
		}
		return quietPipe(w.invoke(ctx, c, signals))
	})
}

// invoke opens the stack and hands the call over.
func (w *Workflow) invoke(ctx context.Context, c PluginCall, signals <-chan os.Signal) error {
	s, err := w.open(ctx, sessionOptions{profiles: []string{"*"}, salvage: true})
	if err != nil {
		return err
	}
	defer s.close()
	p, command, err := s.commandOf(c)
	if err != nil {
		return err
	}
	limit := commandTime
	if command.Endless {
		limit = 0
	}
	list, err := s.client.Containers(ctx, s.project.Name)
	if err != nil {
		return err
	}
	s.tellOthers(ctx, observe.Sort(list, observe.Record{}))
	run, err := s.pluginRun(ctx, p, limit)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	code, err := s.plugged.session().Invoke(ctx, p, run, pluginhost.Call{Command: c.Command,
		Arguments: c.Arguments, Flags: flagTexts(c.Flags), Width: w.outWidth(), Dir: first(w.Getenv("SPELLBOOK_CALLER_DIR"), w.Dir), Stdin: w.In, Out: w.Out, Err: w.Err,
		Signals: handOn(ctx, w.ownSignals(signals), end)}, w.tellPlugin(p.Manifest.Name))
	if err != nil {
		return ended(ctx, err)
	}
	if code != 0 {
		return &Exit{Code: code}
	}
	return nil
}

// commandOf finds the command, which the manifest may not declare any more.
func (s *session) commandOf(c PluginCall) (*pluginhost.Plugin, pluginhost.Command, error) {
	p, ok := s.plugged.plugin(c.Plugin)
	if err := s.plugged.brokenBy(c.Plugin); err != nil {
		return nil, pluginhost.Command{}, err
	}
	if !ok {
		return nil, pluginhost.Command{}, notEnabled(c.Plugin)
	}
	i := slices.IndexFunc(p.Manifest.Commands, func(one pluginhost.Command) bool { return one.Name == c.Command })
	if i < 0 {
		return nil, pluginhost.Command{}, failure.New(failure.Preflight, "plugin %q has no command %q any more", c.Plugin, c.Command).
			WithHint("mage plugin:sync")
	}
	return p, p.Manifest.Commands[i], nil
}

func notEnabled(name string) error {
	return failure.New(failure.Usage, "%s is not enabled", name).WithHint("mage plugin:enable %s", name)
}

// outWidth is that of the terminal that results go to, 0 without one.
func (w *Workflow) outWidth() int {
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
func handOn(ctx context.Context, signals <-chan os.Signal, end context.CancelCauseFunc) <-chan int {
	numbers := make(chan int, 1)
	go func() {
		asked := false
		for {
			select {
			case s := <-signals:
				if asked {
					end(signalled{s})
					return
				}
				asked = true
				numbers <- numberOf(s)
			case <-ctx.Done():
				return
			}
		}
	}()
	return numbers
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

// tellPlugin writes what a plugin tells besides its output to standard error.
func (w *Workflow) tellPlugin(name string) func(pluginhost.Event) {
	return func(e pluginhost.Event) {
		switch {
		case e.Line != nil:
			w.pluginLine(*e.Line)
		case e.Resource != nil:
			_, _ = fmt.Fprintf(w.Err, "%s: %s %s %s\n", name, e.Resource.Kind, e.Resource.Name, e.Resource.Change)
		case e.Progress != nil:
			_, _ = fmt.Fprintf(w.Err, "%s: %s%s\n", name, e.Progress.Text, parts(*e.Progress))
		}
	}
}

func parts(p pluginhost.Progress) string {
	if p.Total == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d of %d)", p.Done, p.Total)
}

// pluginLine writes a log line of a plugin with its level and name. What only
// its author wants to know is left out, unless SPELLBOOK_DEBUG is set.
func (w *Workflow) pluginLine(l pluginhost.Line) {
	level := strings.ToLower(l.Level)
	if (level == "debug" || level == "trace") && w.Getenv("SPELLBOOK_DEBUG") == "" {
		return
	}
	text := fmt.Sprintf("%s: %s: %s", l.Plugin, level, l.Message)
	for _, key := range slices.Sorted(maps.Keys(l.Fields)) {
		text += fmt.Sprintf(" %s=%s", key, l.Fields[key])
	}
	_, _ = fmt.Fprintln(w.Err, text)
}
