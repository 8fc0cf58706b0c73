package infra

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/postgres"
	"github.com/infinitescribe/spellbook/internal/units"
)

// DumpOptions are the flags of infra:dump.
type DumpOptions struct {
	Service string // "" finds it
	Output  string // "" is a new file in the directory that the user called from
}

// Dump writes a PostgreSQL database to a file, by pg_dump in its own container.
func Dump(ctx context.Context, w *app.Run, o DumpOptions) error {
	return load.With(ctx, w, load.Options{Profiles: []string{"*"}, Degraded: true, Running: true}, func(ctx context.Context, s *load.Session) error {
		if o.Output != "" && present(w.CallerPath(o.Output)) {
			return failure.New(failure.Usage, "%s is there already", w.CallerPath(o.Output)).WithHint("name a file that is not: mage infra:dump -output=%s.2%s", o.Output, ofService(o.Service))
		}
		d, err := openDatabase(ctx, s, o.Service, "infra:dump")
		if err != nil {
			return err
		}
		service := d.container.Service
		name := cmp.Or(o.Output, fmt.Sprintf("%s-%s-%s.sql", s.Project.Name, service, w.Now().UTC().Format("20060102-150405")))
		d.path = w.CallerPath(name)
		if o.Output != "" {
			d.call += " -output=" + o.Output
		}
		step := plan.Step{ID: plan.ID("dump database " + service), Service: service, Cause: "requested", Action: plan.DumpDatabase{Service: service, Path: d.path}}
		if err := d.walk(ctx, step); err != nil {
			return err
		}
		err = w.Say("%s of %s is in %s (%s)\n→ mage infra:import -input=%s%s\n", service, s.Project.Name, name, units.Decimal(d.bytes), name, ofService(o.Service))
		return err
	})
}

// ofService is the flag of a call that was about a service by its name.
func ofService(name string) string {
	if name == "" {
		return ""
	}
	return " -service=" + name
}

func present(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Dump is part of execute's dumper. The file has its name once pg_dump has ended
// well and its last line is there.
func (d *postgresql) Dump(ctx context.Context, _ plan.DumpDatabase, note func(engine.Note)) error {
	f, err := os.CreateTemp(filepath.Dir(d.path), "."+filepath.Base(d.path)+".*") // 0600
	if err != nil {
		return unwritten(d.path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // what did not become the dump
	tail, count := &postgres.Tail{}, &counted{note: note}
	out := &dumpWriter{Writer: io.MultiWriter(f, tail), count: count}
	err = d.run(ctx, postgres.Dump("infra:dump"), nil, out)
	d.bytes = tail.Bytes
	switch {
	case out.failed != nil:
		err = unwritten(d.path, out.failed)
	case err != nil:
		err = d.explain(err, "dump "+d.container.Service)
	case !tail.Ended():
		err = failure.New(failure.Preflight, "dump %s: it ended before its last line", d.container.Service).WithHint("mage infra:logs -services=%s", d.container.Service)
	default:
		note(engine.Note{Current: d.bytes, Total: d.bytes})
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), d.path)
}

// unwritten is the error of a dump that finds no place: of the file that it was to
// become, as nobody knows its name until then.
func unwritten(path string, err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err
	}
	return failure.New(failure.Preflight, "write %s: %w", path, err).WithHint("name another place: mage infra:dump -output=PATH")
}

// dumpWriter remembers why it could not write, which the engine's stream hides.
type dumpWriter struct {
	io.Writer
	count  *counted
	failed error
}

// Write is part of io.Writer.
func (w *dumpWriter) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	w.count.add(n)
	if err != nil {
		w.failed = err
	}
	return n, err
}
