package infra

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/postgres"
	"github.com/infinitescribe/spellbook/internal/units"
)

// ImportOptions are the flags of infra:import.
type ImportOptions struct {
	Input   string
	Service string // "" finds it
	Yes     bool   // replace what is in the database
}

// Import loads a dump into a PostgreSQL database, whole or not at all. What is in the
// database goes, where the user agrees.
func Import(ctx context.Context, w *app.Run, o ImportOptions) error {
	return load.With(ctx, w, load.Options{Profiles: []string{"*"}, Degraded: true, Running: true}, func(ctx context.Context, s *load.Session) error {
		if o.Input == "" {
			return failure.New(failure.Usage, "no dump is named").WithHint("mage infra:import -input=PATH")
		}
		f, err := os.Open(w.CallerPath(o.Input))
		if err != nil {
			return failure.New(failure.Preflight, "open the dump: %w", err).WithHint("mage infra:dump writes one")
		}
		defer func() { _ = f.Close() }()
		file, err := postgres.Check(f, o.Input)
		if err != nil {
			return err
		}
		unlock, _, err := s.Lock(ctx, "infra:import", load.LockTimeout)
		if err != nil {
			return err
		}
		defer unlock()
		d, err := openDatabase(ctx, s, o.Service, "infra:import")
		if err != nil {
			return err
		}
		d.path, d.file = f.Name(), file
		d.call += " -input=" + o.Input
		return d.load(ctx, o)
	})
}

// load asks, where there is something to lose, and imports.
func (d *postgresql) load(ctx context.Context, o ImportOptions) error {
	service := d.container.Service
	state, err := d.Observe(ctx)
	if err != nil {
		return err
	}
	if _, err := load.Touchable(ctx, d.Session, state); err != nil {
		return err
	}
	have, err := d.look(ctx)
	if err != nil {
		return d.explain(err, "ask "+service)
	}
	if d.file.Major > have.major {
		return failure.New(failure.Preflight, "%s is of PostgreSQL %d, and %s is PostgreSQL %d, which may not read it", o.Input, d.file.Major, service, have.major).
			WithHint("load it into an image of version %d or later", d.file.Major)
	}
	replace := have.all > 0
	if replace {
		question := fmt.Sprintf("Replace all that is in database %s of %s, %s, by %s", have.name, service, units.Plural(have.tables, "table"), o.Input)
		if err := d.Run.Confirm(ctx, question, o.Yes); err != nil {
			return err
		}
	}
	step := plan.Step{ID: plan.ID("import database " + service), Service: service, Cause: "requested",
		Action: plan.ImportDatabase{Service: service, Path: d.path, Replace: replace}}
	if err := d.walk(ctx, step); err != nil {
		return err
	}
	return d.Run.Say("database %s of %s is what %s says (%s)\n", have.name, service, o.Input, units.Decimal(d.bytes))
}

// Import is part of execute's importer. psql ends well where its input ends early:
// what counts is that it has come to the line after the commit.
func (d *postgresql) Import(ctx context.Context, a plan.ImportDatabase, note func(engine.Note)) error {
	f, err := os.Open(d.path)
	if err != nil {
		return failure.New(failure.Preflight, "open the dump: %w", err)
	}
	defer func() { _ = f.Close() }()
	in := &dumpReader{from: f, left: d.file.Bytes, count: &counted{note: note, total: d.file.Bytes}}
	said := &ending{}
	err = d.run(ctx, postgres.Load(), io.MultiReader(strings.NewReader(postgres.Before(a.Replace)), postgres.OneTransaction(in), strings.NewReader(postgres.After)), said)
	d.bytes = d.file.Bytes - in.left
	switch {
	case in.failed != nil:
		return failure.New(failure.Preflight, "import into %s, of which nothing was kept: %w", d.container.Service, in.failed)
	case err != nil:
		return d.explain(err, "import into "+d.container.Service+", of which nothing was kept")
	case !said.has(postgres.Loaded):
		return failure.New(failure.Preflight, "import into %s: it was not committed", d.container.Service).WithHint("mage infra:logs -services=%s", d.container.Service)
	}
	note(engine.Note{Current: d.bytes, Total: d.bytes})
	return nil
}

// dumpReader reads exactly what was found whole, and remembers why it could not.
type dumpReader struct {
	from   io.Reader
	left   int64
	count  *counted
	failed error
}

var errChanged = errors.New("the dump was changed meanwhile")

// Read is part of io.Reader. An end that comes too early is no end, so that
// nothing follows it.
func (r *dumpReader) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n, err := r.from.Read(b[:min(int64(len(b)), r.left)])
	r.left -= int64(n)
	r.count.add(n)
	switch {
	case err == io.EOF && r.left > 0:
		err = errChanged
	case err == io.EOF:
		err = nil
	}
	if err != nil {
		r.failed = err
	}
	return n, err
}

// ending keeps the last of what is written to it.
type ending struct{ last []byte }

// Write is part of io.Writer.
func (e *ending) Write(b []byte) (int, error) {
	e.last = append(e.last, b...)
	e.last = bytes.Clone(e.last[max(0, len(e.last)-200):])
	return len(b), nil
}

func (e *ending) has(line string) bool {
	return strings.HasSuffix(strings.TrimSpace(string(e.last)), line)
}
