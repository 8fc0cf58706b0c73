package registry

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// Load is Pull for a server that refuses tunnels: its engine, which has the
// images there, is sent an archive of what was pushed to s without the layers
// that it has. Where it does not take that, as its own store lacks what its
// images are said to have, it is sent the archive whole.
func (s *Server) Load(ctx context.Context, server *docker.Client, image Image, as Release, there []docker.ImageConfig, progress docker.Progress) error {
	shared := image.shared(there)
	err := s.load(ctx, server, image, as, shared, progress)
	if err != nil && shared > 0 && ctx.Err() == nil {
		err = s.load(ctx, server, image, as, 0, progress)
	}
	return err
}

func (s *Server) load(ctx context.Context, server *docker.Client, image Image, as Release, shared int, progress docker.Progress) error {
	reader, writer := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = writer.CloseWithError(s.archive(writer, image, as, shared, progress))
	}()
	err := server.Load(ctx, reader)
	_ = reader.Close() // an engine that refuses does not read to the end
	<-ended
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err == nil {
		err = verify(ctx, server, as.Tag(), image)
	}
	if err != nil { // a containerd store keeps the name of what it could not load
		return errors.Join(err, server.Untag(ctx, as.Tag()))
	}
	return nil
}

// archive writes an image without its first layers, in the form that engines
// of 25 and later save: an OCI layout that has Docker's manifest.json too. It
// is the one that both kinds of store take without layers that they have.
// Layers are compressed, as they were pushed.
func (s *Server) archive(w io.Writer, image Image, as Release, without int, progress docker.Progress) error {
	manifest, media, err := s.manifest(as.path(), image.Manifest)
	if err != nil {
		return err
	}
	a := &archive{tar: tar.NewWriter(w), store: s.store, progress: progress}
	a.total = int64(len(manifest))
	blobs := []string{image.Config}
	var paths []string
	for n, layer := range image.Layers {
		paths = append(paths, blobPath(layer.Digest))
		if n >= without {
			blobs = append(blobs, layer.Digest)
			a.total += layer.Bytes
		}
	}
	index := map[string]any{"schemaVersion": 2, "mediaType": types.OCIImageIndex, "manifests": []any{map[string]any{
		"mediaType": media, "digest": image.Manifest, "size": len(manifest),
		"annotations": map[string]string{"io.containerd.image.name": "docker.io/" + as.Tag(), "org.opencontainers.image.ref.name": as.Release}}}}
	list := []any{map[string]any{"Config": blobPath(image.Config), "RepoTags": []string{as.Tag()}, "Layers": paths}}
	a.json("oci-layout", map[string]string{"imageLayoutVersion": "1.0.0"})
	a.json("index.json", index)
	a.json("manifest.json", list)
	a.file(blobPath(image.Manifest), manifest)
	for _, digest := range blobs {
		a.blob(digest)
	}
	return errors.Join(a.err, a.tar.Close())
}

func blobPath(digest string) string { return "blobs/" + strings.Replace(digest, ":", "/", 1) }

// archive is a tar that is being written; after an error it is not.
type archive struct {
	tar            *tar.Writer
	store          *store
	progress       docker.Progress
	current, total int64
	err            error
}

func (a *archive) json(name string, v any) {
	data, err := json.Marshal(v)
	a.err = errors.Join(a.err, err)
	a.file(name, data)
}

func (a *archive) file(name string, data []byte) {
	if a.header(name, int64(len(data))); a.err == nil {
		_, a.err = a.Write(data)
	}
}

func (a *archive) blob(digest string) {
	if a.err != nil {
		return
	}
	f, err := os.Open(a.store.path(strings.TrimPrefix(digest, "sha256:")))
	if err != nil {
		a.err = fmt.Errorf("read blob: %w", err)
		return
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		a.err = err
		return
	}
	if a.header(blobPath(digest), info.Size()); a.err == nil {
		_, a.err = io.Copy(a, f)
	}
}

func (a *archive) header(name string, size int64) {
	if a.err == nil {
		a.err = a.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size})
	}
}

// Write counts what goes into the archive.
func (a *archive) Write(p []byte) (int, error) {
	n, err := a.tar.Write(p)
	a.current += int64(n)
	if a.progress != nil {
		a.progress(min(a.current, a.total), a.total)
	}
	return n, err
}
