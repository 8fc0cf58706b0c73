package main

import (
	"context"
	"fmt"
	"io"
	"mime"
	"os"
	"path"
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
				if err := m.do(ctx, s); err != nil {
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
		return m.download(ctx, s.name)
	case s.verb == "copy":
		return m.upload(ctx, s.name)
	case m.to.local():
		return m.root.Remove(s.name)
	}
	return m.client.RemoveObject(ctx, m.to.bucket, m.to.prefix+s.name, minio.RemoveObjectOptions{})
}

func (m mirror) upload(ctx context.Context, name string) error {
	file, err := m.root.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	info, err := file.Stat()
	if err != nil {
		return err
	}
	options := minio.PutObjectOptions{ContentType: mime.TypeByExtension(path.Ext(name))}
	_, err = m.client.PutObject(ctx, m.to.bucket, m.to.prefix+name, file, info.Size(), options)
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
		return err
	}
	if err := m.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	temporary := path.Join(path.Dir(name), partial+hexSHA256([]byte(name))) // however long the name is
	if err := save(m.root, temporary, object); err != nil {
		return err
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
func report(out, problems io.Writer, steps []step, source tree, dry bool) error {
	rows := []string{"WHAT\tSIZE\tWHY\tNAME"}
	words, copied, bytes := map[string]string{"copy": "copied", "delete": "deleted"}, 0, int64(0)
	if dry {
		words = map[string]string{"copy": "to copy", "delete": "to delete"}
	}
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
		copied, words["copy"], size(bytes), len(steps)-copied, words["delete"], len(source.entries)-copied)
	if err != nil || len(source.left) == 0 {
		return err
	}
	for _, name := range source.left {
		if _, err := fmt.Fprintf(problems, "left out: %s has no counterpart on the other side\n", shown(name)); err != nil {
			return err
		}
	}
	return sdk.ExitError(1)
}
