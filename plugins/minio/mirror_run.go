package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path"
	"slices"
	"sync/atomic"

	"github.com/minio/minio-go/v7"
	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// atOnce are transfers: a round trip of one is time for another.
const atOnce = 4

// partial begins the name of a file that is still being written.
const partial = ".spellbook-partial-"

// execute copies first; what is deleted is deleted after that, so that a
// renamed file is never in neither place.
func (m mirror) execute(ctx context.Context, steps []step) error {
	var done atomic.Uint64
	for _, verb := range []string{"copy", "delete"} {
		work := pool.New().WithContext(ctx).WithMaxGoroutines(atOnce).WithCancelOnError().WithFirstError()
		for _, s := range steps {
			if s.verb != verb {
				continue
			}
			work.Go(func(ctx context.Context) error {
				if err := m.do(ctx, s); errors.Is(err, errChanged) {
					m.changed.add(s.name)
				} else if err != nil {
					return fmt.Errorf("%s %q: %w", s.verb, s.name, err)
				}
				m.progress(verb+" "+shown(s.name), done.Add(1), uint64(len(steps)))
				return nil
			})
		}
		if err := work.Wait(); err != nil {
			return err
		}
	}
	return nil
}

func (m mirror) do(ctx context.Context, s step) error {
	switch {
	case s.verb == "copy" && m.to.local():
		return again(ctx, s.name, m.download)
	case s.verb == "copy":
		return again(ctx, s.name, m.upload)
	case m.to.local():
		return m.root.Remove(s.name)
	}
	return m.client.RemoveObject(ctx, m.to.bucket, m.to.prefix+s.name, minio.RemoveObjectOptions{})
}

// again copies anew what changes meanwhile. Nothing is left of a try that
// failed: the target is what it was.
func again(ctx context.Context, name string, copies func(context.Context, string) error) (err error) {
	for range tries {
		if err = copies(ctx, name); !errors.Is(err, errChanged) {
			break
		}
	}
	return err
}

func (m mirror) upload(ctx context.Context, name string) error {
	file, err := m.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return errChanged
	}
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	info, err := file.Stat()
	if err != nil {
		return err
	}
	within, give := context.WithCancelCause(ctx)
	defer give(nil)
	options := minio.PutObjectOptions{ContentType: mime.TypeByExtension(path.Ext(name))}
	_, err = m.client.PutObject(within, m.to.bucket, m.to.prefix+name, steady{file, info, give}, info.Size(), options)
	if errors.Is(context.Cause(within), errChanged) {
		return errChanged
	}
	return err
}

// download writes beside the file and renames, so that nobody sees half of it.
// The file gets the object's time, which same goes by.
func (m mirror) download(ctx context.Context, name string) error {
	object, err := m.client.GetObject(ctx, m.from.bucket, m.from.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	defer object.Close() //nolint:errcheck // only read
	info, err := object.Stat()
	if err != nil {
		return changed(err)
	}
	if err := m.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	temporary := path.Join(path.Dir(name), partial+hexSHA256([]byte(name))) // however long the name is
	if err := save(m.root, temporary, object); err != nil {
		return changed(err)
	}
	if err := m.root.Chtimes(temporary, info.LastModified, info.LastModified); err != nil {
		return err
	}
	return m.root.Rename(temporary, name)
}

// save leaves no file behind where it fails.
func save(root *os.Root, name string, from io.Reader) (err error) {
	file, err := root.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			_ = root.Remove(name)
		}
	}()
	_, err = io.Copy(file, from)
	return err
}

// report is what was done, and on the other stream what could not be.
func report(out, problems io.Writer, steps []step, source tree, changed []string, dry bool) error {
	rows := []string{"WHAT\tSIZE\tWHY\tNAME"}
	words, copied, bytes := map[string]string{"copy": "copied", "delete": "deleted"}, 0, int64(0)
	if dry {
		words = map[string]string{"copy": "to copy", "delete": "to delete"}
	}
	steps = slices.DeleteFunc(steps, func(s step) bool { return s.verb == "copy" && slices.Contains(changed, s.name) })
	for _, s := range steps {
		rows = append(rows, words[s.verb]+"\t"+size(s.size)+"\t"+s.why+"\t"+shown(s.name))
		if s.verb == "copy" {
			copied, bytes = copied+1, bytes+s.size
		}
	}
	if len(steps) > 0 {
		if err := table(out, rows...); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%d %s (%s), %d %s, %d unchanged\n",
		copied, words["copy"], size(bytes), len(steps)-copied, words["delete"], len(source.entries)-copied-len(changed))
	if err != nil || len(source.left)+len(changed) == 0 {
		return err
	}
	for _, name := range source.left {
		if _, err := fmt.Fprintf(problems, "left out: %s has no counterpart on the other side\n", shown(name)); err != nil {
			return err
		}
	}
	for _, name := range changed {
		if _, err := fmt.Fprintf(problems, "left out: %s changed while it was copied\n", shown(name)); err != nil {
			return err
		}
	}
	return sdk.ExitError(1)
}
