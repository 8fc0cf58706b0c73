package infra

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/postgres"
)

// postgresql is a database in a running container, for infra:dump and infra:import.
type postgresql struct {
	*load.Session

	container observe.Container
	target    string // infra:dump
	call      string // with the flags that say of what
	path      string // of the dump, absolute
	bytes     int64  // that were dumped or loaded
	file      postgres.File
}

// openDatabase finds the container, of the service that is named or of the only one
// that is PostgreSQL.
func openDatabase(ctx context.Context, s *load.Session, service, target string) (*postgresql, error) {
	var err error
	call := target + ofService(service)
	if service == "" {
		if service, err = infra.OnePostgreSQL(s.Project); err != nil {
			return nil, err
		}
	}
	access := infra.Psql.Access(s.Project, service)
	if err := s.NotDeployed(ctx, target, "SERVICE", service, "USER", access["PGUSER"].Reveal(), "DATABASE", access["PGDATABASE"].Reveal()); err != nil {
		return nil, err
	}
	d := &postgresql{Session: s, target: target, call: call}
	if d.container, err = runningContainer(ctx, s, service); err != nil {
		return nil, err
	}
	shell, err := s.Client.HasFile(ctx, d.container.ID, "/bin/sh")
	if err == nil && !shell {
		err = failure.New(failure.Preflight, "the image %s has no shell, which %s needs", d.container.Image, target).
			WithHint("use an image of PostgreSQL with one, such as postgres:17")
	}
	return d, err
}

// contents are what is known of a database before anything is done to it.
type contents struct {
	name   string
	major  int
	tables int
	all    int // with views and sequences
}

// look asks the server, which shows that it answers, too.
func (d *postgresql) look(ctx context.Context) (contents, error) {
	var out bytes.Buffer
	if err := d.run(ctx, postgres.Ask(postgres.Contents), nil, &out); err != nil {
		return contents{}, err
	}
	fields := strings.Split(strings.TrimSpace(out.String()), "|")
	numbers := make([]int, 3)
	names := len(fields) - len(numbers)
	if names < 1 {
		return contents{}, failure.New(failure.Unexpected, "psql in %s answered %q", d.container.Name, out.String())
	}
	for i := range numbers {
		numbers[i], _ = strconv.Atoi(fields[names+i])
	}
	return contents{name: strings.Join(fields[:names], "|"), major: numbers[0] / 10000, tables: numbers[1], all: numbers[2]}, nil
}

// run runs a command in the container; its last words are the error.
func (d *postgresql) run(ctx context.Context, argv []string, in io.Reader, out io.Writer) error {
	said := &lastWords{}
	code, err := d.Client.Attach(ctx, d.container.ID, docker.Command{Argv: argv, In: in, Out: out, Err: said, Shell: true})
	switch {
	case err != nil:
		return docker.Named(err, d.container.ID, d.container.Name)
	case code != 0:
		return &toolError{service: d.container.Service, code: code, said: said.lines()}
	}
	return nil
}

// toolError is what a tool of PostgreSQL said before it ended with another code
// than 0.
type toolError struct {
	service string
	code    int
	said    []string
}

// Error is the first line, which is the cause of what follows.
func (e *toolError) Error() string {
	if len(e.said) == 0 {
		return "exit status " + strconv.Itoa(e.code)
	}
	return e.said[0]
}

// explain makes an error of the user's out of one of PostgreSQL's tools.
func (d *postgresql) explain(err error, doing string) error {
	var tool *toolError
	if !errors.As(err, &tool) {
		return err
	}
	f := failure.New(failure.Preflight, "%s: %s", doing, tool.Error())
	if len(tool.said) > 1 {
		f.WithDetails(tool.said[1:]...)
	}
	return f.WithHint("%s", hintFor(tool, d.container.Service))
}

// hintFor reads PostgreSQL's words.
func hintFor(e *toolError, service string) string {
	all := strings.Join(e.said, "\n")
	if _, after, found := strings.Cut(all, `role "`); found && strings.Contains(all, "does not exist") {
		if role, _, ended := strings.Cut(after, `"`); ended {
			return `the dump's owners and grants name it: mage infra:psql -command='create role "` + role + `"'`
		}
	}
	switch {
	case strings.Contains(all, "transaction block"):
		return "dump it without --create, as mage infra:dump does"
	case strings.Contains(all, `invalid command \restrict`):
		return "psql in the container is older than the pg_dump that wrote this: use a newer image of the same major version"
	case strings.Contains(all, "lock timeout"), strings.Contains(all, "LOCK TABLE"):
		return "somebody else works with these tables: stop what does, and try again"
	}
	return "mage infra:logs -services=" + service
}

// walk carries out one step and reports.
func (d *postgresql) walk(ctx context.Context, step plan.Step) error {
	p := plan.Plan{Project: d.Project.Name}
	p.Add(step)
	runner := &execute.Runner{Session: d.Session, Dumps: d, Imports: d}
	result, _, err := execute.WalkPlan(ctx, d.Session, p, runner, d.target+" "+d.Project.Name, d.Run.Format(false))
	if err != nil {
		return err
	}
	var sig app.Signalled
	if errors.As(context.Cause(ctx), &sig) {
		return failure.New(sig.Code(), "%s", sig.Error()).WithHint("nothing was kept of it: mage %s again", d.call)
	}
	return result.Err()
}

// every is after how many bytes progress is told.
const every = 1 << 18

// counted counts bytes and tells of them.
type counted struct {
	note  func(engine.Note)
	total int64 // 0 where unknown
	bytes int64
	told  int64
}

func (c *counted) add(n int) {
	if c.bytes += int64(n); c.bytes-c.told >= every {
		c.told = c.bytes
		c.note(engine.Note{Current: c.bytes, Total: c.total})
	}
}

// lastWords keeps the end of what a tool says to standard error.
type lastWords struct{ text []byte }

// Write is part of io.Writer.
func (w *lastWords) Write(b []byte) (int, error) {
	w.text = append(w.text, b[max(0, len(b)-8<<10):]...)
	w.text = w.text[max(0, len(w.text)-8<<10):]
	return len(b), nil
}

// lines are those of the last error, which has ended the tool; the place in psql's
// input is nobody's.
func (w *lastWords) lines() []string {
	var list []string
	for line := range strings.Lines(string(w.text)) {
		line = strings.TrimRight(line, " \r\n")
		if _, after, found := strings.Cut(line, ": "); found && strings.HasPrefix(line, "psql:<stdin>:") {
			line = after
		}
		if isError.MatchString(line) {
			list = nil
		}
		if line != "" && len(list) < 6 {
			list = append(list, line)
		}
	}
	return list
}

var isError = lazyregexp.New(`^(?:\w+: )?(?:ERROR|FATAL|error):`)
