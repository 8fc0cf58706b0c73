package workflow

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/sbom"
)

// maxProgram bounds which programs are looked into, in bytes: they are held in
// memory one after the other.
const maxProgram = 512 << 20

// programs are the Go programs in a build's image, where the engine has it:
// they know better than any manifest what was linked into them.
func (i *inventory) programs(ctx context.Context, one plan.Build) ([]sbom.Manifest, error) {
	if i.o.Manifests {
		return nil, nil
	}
	ref, there, err := i.keyed(ctx, one)
	if err != nil || !there {
		return nil, err
	}
	list, err := i.unpack(ctx, ref)
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("look into image %q: %w", ref, err)
	}
	return list, err
}

// unpack reads the files of an image by way of a container that never runs: an
// image alone has layers, which hide each other's files.
func (i *inventory) unpack(ctx context.Context, ref string) (list []sbom.Manifest, err error) {
	var id, complaint bytes.Buffer
	if err := i.session.run(ctx, []string{"docker", "create", "--network", "none", ref, "never-run"}, &id, &complaint); err != nil {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(complaint.String()))
	}
	container := strings.TrimSpace(id.String())
	defer func() {
		ctx, cancel := fresh(ctx, 10*time.Second)
		defer cancel()
		err = errors.Join(err, i.session.run(ctx, []string{"docker", "rm", "--force", container}, io.Discard, io.Discard))
	}()
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := i.session.run(ctx, []string{"docker", "export", container}, write, io.Discard)
		_ = write.Close()
		ended <- err
	}()
	list, err = goPrograms(read)
	_, _ = io.Copy(io.Discard, read) // so that the command can end
	return list, errors.Join(<-ended, err)
}

// goPrograms reads the build information of the Go programs in an archive.
func goPrograms(archive io.Reader) ([]sbom.Manifest, error) {
	var list []sbom.Manifest
	r := tar.NewReader(archive)
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if header.Typeflag != tar.TypeReg || header.Mode&0o111 == 0 || header.Size < 4 || header.Size > maxProgram {
			continue
		}
		magic := make([]byte, 4)
		if _, err := io.ReadFull(r, magic); err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(magic, []byte("\x7fELF")) && !bytes.HasPrefix(magic, []byte("MZ")) {
			continue
		}
		rest, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		if m, err := sbom.Program(bytes.NewReader(append(magic, rest...)), "/"+strings.TrimPrefix(header.Name, "/")); err == nil {
			list = append(list, m)
		} // else it is no program of Go's
	}
	slices.SortFunc(list, func(a, b sbom.Manifest) int { return strings.Compare(a.Origin, b.Origin) })
	return list, nil
}

// instead puts programs in the place of the manifests of their modules.
func instead(manifests, programs []sbom.Manifest) []sbom.Manifest {
	kept := slices.DeleteFunc(slices.Clone(manifests), func(m sbom.Manifest) bool {
		return m.Ecosystem == sbom.Go && slices.ContainsFunc(programs, func(p sbom.Manifest) bool { return p.Name == m.Name })
	})
	return append(kept, programs...)
}
