package workflow

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/sbom"
	"github.com/infinitescribe/spellbook/internal/sbom/manifest"
)

// identify finds the builds and their keys, whatever the builder or the engine
// could make of them: an image of several platforms has a content as well.
func (b *building) identify(ctx context.Context) error {
	services, err := b.sections()
	if err != nil {
		return err
	}
	if err := b.choose(services); err != nil {
		return err
	}
	if b.builder, err = docker.FindBuilder(func(name string) string { return lookup(b.environ, name) }); err != nil {
		return err
	}
	b.records, err = b.record(ctx, b.needed())
	return err
}

// keyed is the name of a build's image that carries its key, and whether the
// engine has it.
func (b *building) keyed(ctx context.Context, one plan.Build) (ref string, there bool, err error) {
	ref = image.KeyTag(one, b.records[one.Name].Key)
	id, _, err := b.client.ImageID(ctx, ref)
	return ref, id != "", err
}

// buildFiles are the files of a build's context and its Dockerfile.
type buildFiles struct {
	fsys       fs.FS
	shown      string // the context as people know it, relative to the root
	names      []string
	dir        string // of the Dockerfile in the context; "" outside of it
	dockerfile []byte
}

// contextOf looks at a build's sources; files are those of its context.
func (s *session) contextOf(one plan.Build, files []buildcontext.File) (*buildFiles, error) {
	if !image.Local(one.Context) {
		return nil, failure.New(failure.Preflight, "build %s: its context is not on this machine", one.Name).
			WithHint("check %s out, and make that directory the context", one.Context)
	}
	c := &buildFiles{fsys: os.DirFS(one.Context), shown: s.project.Short(one.Context), dockerfile: []byte(one.Inline)}
	if c.shown == "." {
		c.shown = ""
	}
	for _, f := range files {
		if !f.Mode.IsDir() {
			c.names = append(c.names, f.Path)
		}
	}
	if one.Inline != "" {
		return c, nil
	}
	var err error
	if c.dockerfile, err = os.ReadFile(one.Dockerfile); err != nil {
		return nil, failure.New(failure.Preflight, "build %s: read Dockerfile: %w", one.Name, err).WithHint("correct build.dockerfile in the Compose file")
	}
	if rel, err := filepath.Rel(one.Context, filepath.Dir(one.Dockerfile)); err == nil && filepath.IsLocal(rel) {
		c.dir = filepath.ToSlash(rel)
	}
	return c, nil
}

// manifests are those that the build works with.
func (c *buildFiles) manifests(one plan.Build) ([]manifest.Found, error) {
	found, err := manifest.Find(manifest.Build{Files: c.names, Dir: c.dir, Text: c.dockerfile, Target: one.Target, Args: one.Args})
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", one.Name, err)
	}
	return found, nil
}

func (c *buildFiles) read(found manifest.Found) (sbom.Manifest, error) {
	return manifest.Read(c.fsys, found, c.shown)
}
