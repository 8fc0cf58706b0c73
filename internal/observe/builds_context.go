package observe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// inputLook is one look at several builds.
type inputLook struct {
	o     BuildOptions
	mu    sync.Mutex
	trees map[string]func() (buildcontext.Tree, error)
}

func (l *inputLook) inputs(ctx context.Context, b plan.Build) (in BuildInputs, err error) {
	in.Trees, in.Host = map[string]buildcontext.Tree{}, l.o.Host
	b.Dockerfile = found(b.Dockerfile)
	if err := l.readDockerfile(b, &in); err != nil {
		return in, err
	}
	if !filepath.IsAbs(b.Context) {
		in.Remote = append(in.Remote, b.Context)
	} else if in.Trees[""], err = l.tree(ctx, b.Context, b.Dockerfile); err != nil {
		return in, l.contextError(b, "build", b.Context, err)
	}
	for _, name := range slices.Sorted(maps.Keys(b.Contexts)) {
		switch where := b.Contexts[name]; {
		case filepath.IsAbs(where):
			if in.Trees[name], err = l.tree(ctx, where, ""); err != nil {
				return in, l.contextError(b, "additional", where, err)
			}
		case !told(where):
			in.Remote = append(in.Remote, where)
		}
	}
	l.send(ctx, b, &in)
	return in, nil
}

// imageContext is how an additional context names an image.
const imageContext = "docker-image://"

// told: what an additional context stands for has a digest or a key of its own.
// Everything else may change unseen: URLs, git repositories (git@…, too), OCI
// layouts by a tag.
func told(where string) bool {
	return strings.HasPrefix(where, imageContext) || strings.HasPrefix(where, "target:") ||
		strings.HasPrefix(where, "oci-layout://") && strings.Contains(where, "@sha256:")
}

func (l *inputLook) contextError(b plan.Build, kind, dir string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return failure.New(failure.Preflight, "service %s: there is no %s context %s", b.Services[0], kind, l.o.Short(dir)).
			WithHint("correct the build section in the Compose file")
	}
	return err
}

// tree reads a context once for all who ask for it.
func (l *inputLook) tree(ctx context.Context, dir, file string) (buildcontext.Tree, error) {
	l.mu.Lock()
	id := dir + "\x00" + file
	read := l.trees[id]
	if read == nil {
		sum := sha256.Sum256([]byte(id))
		index := filepath.Join(l.o.Dir, hex.EncodeToString(sum[:8])+".index")
		read = sync.OnceValues(func() (buildcontext.Tree, error) {
			tree, err := buildcontext.Read(ctx, buildcontext.Options{Dir: dir, Dockerfile: file, Index: index, Look: l.o.Look, Now: l.o.Now})
			for _, apart := range l.o.Apart {
				tree.Files = without(tree.Files, dir, apart)
			}
			return tree, err
		})
		l.trees[id] = read
	}
	l.mu.Unlock()
	return read()
}

// without leaves out what lies below apart, an absolute path, of a context in dir:
// what Spellbook itself remembers changes with every run, and a cache with every
// build.
func without(files []buildcontext.File, dir, apart string) []buildcontext.File {
	rel, err := filepath.Rel(dir, apart)
	if err != nil || apart == "" || rel == "." || strings.HasPrefix(rel, "..") {
		return files
	}
	rel = filepath.ToSlash(rel)
	return slices.DeleteFunc(files, func(f buildcontext.File) bool { return f.Path == rel || strings.HasPrefix(f.Path, rel+"/") })
}
