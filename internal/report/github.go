package report

import (
	"fmt"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// github writes plain lines in a group that GitHub Actions folds, and its
// commands for what a reader must see; those of failures come after the group,
// where they are not folded away.
type github struct {
	o       Options
	teller  *teller
	pulse   *pulse
	open    bool
	stopped bool
	errors  []string
	mu      sync.Mutex // guards stopped, and that lines stay whole
}

func newGitHub(o Options) *github {
	r := &github{o: o, teller: newTeller()}
	r.pulse = newPulse(o.Now, r.teller.need, func(text string) { r.write(harmless(o.Now().Format(clock) + "  " + text + "\n")) })
	return r
}

// Start opens the group.
func (r *github) Start(title string, p plan.Plan) {
	r.teller.start(p)
	r.open = true
	r.write("::group::" + escapeData(clean(title)) + "\n")
	r.pulse.start()
}

// Event writes the line of an event, or the command that it is worth.
func (r *github) Event(e engine.Event) {
	r.pulse.see(e)
	line, ok := r.teller.tell(e)
	if !ok {
		return
	}
	r.pulse.wrote()
	switch line.level {
	case warning:
		r.write(command("warning", line))
		return
	case grave:
		if !builds(e.Step) { // BuildFailures knows the line of the Dockerfile
			r.errors = append(r.errors, command(commandOf(e.Step), line))
		}
	}
	r.write(harmless(format(line, r.teller.width, newPalette(r.o.Color))))
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
	r.pulse.stop()
	if r.open {
		r.write("::endgroup::\n")
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

// command is a line of GitHub's workflow commands. Source:
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
func command(name string, e entry) string {
	text := strings.TrimPrefix(strings.Join(lines(e.text), "\n"), "warning: ")
	title := e.who
	if e.service {
		title = "service " + e.who
	}
	return fmt.Sprintf("::%s title=%s::%s\n", name, escapeProperty(title), escapeData(harmless(text)))
}

// escapeData is the toolkit's escapeData, for what follows the second ::.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// escapeProperty is the toolkit's escapeProperty, for values before it.
func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// harmless breaks the old form of a command, which the runner finds anywhere
// in a line; the new one is found at a line's start only, where a stamp is.
func harmless(s string) string { return strings.ReplaceAll(s, "##[", "## [") }
