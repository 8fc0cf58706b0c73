package report

import (
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// github writes plain lines in a group that GitHub Actions folds, and its
// commands for what a reader must see; those of failures come after the group,
// where they are not folded away.
type github struct {
	o             Options
	lineFormatter *lineFormatter
	idleNotifier  *idleNotifier
	open          bool
	stopped       bool
	errors        []string
	mu            sync.Mutex // guards stopped, and that lines stay whole
}

func newGitHub(o Options) *github {
	r := &github{o: o, lineFormatter: newLineFormatter()}
	r.idleNotifier = newIdleNotifier(o.Now, r.lineFormatter.need, func(text string) { r.write(harmless(o.Now().Format(clock) + "  " + text + "\n")) })
	return r
}

// Start opens the group.
func (r *github) Start(title string, p plan.Plan) {
	r.lineFormatter.start(p)
	r.open = true
	r.write(GroupStart(title))
	r.idleNotifier.start()
}

// Event writes the line of an event, or the command that it is worth.
func (r *github) Event(e engine.Event) {
	r.idleNotifier.see(e)
	line, ok := r.lineFormatter.tell(e)
	if !ok {
		return
	}
	r.idleNotifier.wrote()
	switch line.level {
	case warning:
		r.write(command("warning", line))
		return
	case grave:
		if !builds(e.Step) { // BuildFailures knows the line of the Dockerfile
			r.errors = append(r.errors, command(commandOf(e.Step), line))
		}
	}
	r.write(harmless(format(line, r.lineFormatter.width, NewPalette(r.o.Color))))
}

// commandOf: a failure the run can do without does not mark it as failed.
func commandOf(s plan.Step) string {
	if s.Optional {
		return "warning"
	}
	return "error"
}

// Stop closes the group and tells what failed.
func (r *github) Stop() {
	r.idleNotifier.stop()
	if r.open {
		r.write(GroupEnd)
	}
	for _, line := range r.errors {
		r.write(line)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
}

func (r *github) write(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		_, _ = r.o.Err.Write([]byte(text))
	}
}

// command is the annotation of an event.
func command(name string, e entry) string {
	text := strings.TrimPrefix(strings.Join(lines(e.text), "\n"), "warning: ")
	title := e.who
	if e.service {
		title = "service " + e.who
	}
	return annotation(name, location{}, title, text)
}
