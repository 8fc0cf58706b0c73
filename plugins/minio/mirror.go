package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/minio/minio-go/v7"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

func mirrorCommand() sdk.Command {
	return sdk.Command{
		Name:    "mirror",
		Summary: "copies what differs from a directory to a bucket, or back",
		Arguments: []sdk.Argument{
			{Name: "source", Summary: "a directory that begins with ./, ../ or /, or BUCKET/PREFIX"},
			{Name: "target", Summary: "the other of the two"},
		},
		Flags: []sdk.Flag{
			{Name: "delete", Summary: "delete in the target what the source does not have", Type: sdk.Bool},
			{Name: "dry", Summary: "change nothing, show what would be done", Type: sdk.Bool},
		},
		Endless: true, // as long as the data takes
		Run:     runMirror,
	}
}

// mirror is a run of the command. One of its places is root.
type mirror struct {
	client   *minio.Client
	root     *os.Root
	from, to place
	progress func(text string, done, total uint64)
	changed  *names // what could not be copied as it was never twice the same
}

// step is one thing to do to the target.
type step struct {
	verb, name string // copy or delete
	why        string
	size       int64
}

func runMirror(ctx context.Context, call *sdk.Call) error {
	from, to, err := parsePlaces(call.Dir, call.Arg("source"), call.Arg("target"))
	if err != nil {
		return err
	}
	client, err := connect(call.Run, tries)
	if err != nil {
		return err
	}
	dry := call.Bool("dry") || call.DryRun
	root, err := openDirectory(from, to, dry)
	if err != nil {
		return err
	}
	if root != nil {
		defer root.Close() //nolint:errcheck // nothing is written through it any more
	}
	m := mirror{client: client, root: root, from: from, to: to, progress: call.Progress, changed: &names{}}
	source, target, err := m.look(ctx)
	if err != nil {
		return explain(err)
	}
	steps, err := m.plan(source, target, call.Bool("delete"))
	if err != nil {
		return err
	}
	if !dry {
		err = explain(m.execute(ctx, steps))
	}
	if err == nil {
		err = report(call.Stdout, call.Stderr, steps, source, m.changed.list, dry)
	}
	return err
}

// openDirectory creates the target, never the source. Where it would have to be
// created and nothing may change, there is none.
func openDirectory(from, to place, dry bool) (*os.Root, error) {
	directory := from.directory + to.directory // one of them is none
	if to.local() && !dry {
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return nil, err
		}
	}
	root, err := os.OpenRoot(directory)
	switch {
	case !errors.Is(err, fs.ErrNotExist):
		return root, err
	case to.local():
		return nil, nil
	}
	return nil, badPlace(fmt.Sprintf("there is no directory %q", directory))
}

func (m mirror) look(ctx context.Context) (source, target tree, err error) {
	var here tree
	if m.root != nil {
		if here, err = files(ctx, m.root); err != nil {
			return tree{}, tree{}, err
		}
	}
	if m.from.local() {
		target, err = objects(ctx, m.client, m.to)
		return here, target, err
	}
	source, err = objects(ctx, m.client, m.from)
	return source, here, err
}

// plan is in the order of names, deletions last. An empty source deletes
// nothing: it is a mistyped prefix more often than a wish.
func (m mirror) plan(source, target tree, remove bool) ([]step, error) {
	if remove && len(source.entries) == 0 && len(target.entries) > 0 {
		return nil, sdk.Diagnostic{Code: "MINIO_SOURCE_EMPTY", Summary: fmt.Sprintf("%s is empty: -delete would delete all of %s, %s", m.from, m.to, plural(len(target.entries), "file")),
			Hint: "look at what is there with mage minio:ls, or leave -delete out"}
	}
	var steps []step
	for _, name := range slices.Sorted(maps.Keys(source.entries)) {
		from := source.entries[name]
		to, exists := target.entries[name]
		if !exists {
			steps = append(steps, step{"copy", name, "new", from.size})
			continue
		}
		equal, err := same(m.root, name, from, to)
		if err != nil {
			return nil, fmt.Errorf("compare %q: %w", name, err)
		}
		if !equal {
			steps = append(steps, step{"copy", name, "changed", from.size})
		}
	}
	if !remove {
		return steps, nil
	}
	for _, name := range slices.Sorted(maps.Keys(target.entries)) {
		if _, wanted := source.entries[name]; !wanted && !slices.Contains(source.left, name) {
			steps = append(steps, step{"delete", name, "not in the source", target.entries[name].size})
		}
	}
	return steps, nil
}
