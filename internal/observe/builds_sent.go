package observe

import (
	"context"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/sharedkey"
)

// ignoreFile is what a context's own, and a Dockerfile's, ends with.
const ignoreFile = ".dockerignore"

// MountOf is the name of the mount of an additional context; "" is the build's
// own.
func MountOf(context string) string {
	if context == "" {
		return sharedkey.Main
	}
	return sharedkey.Main + ":" + context
}

// send gathers what a builder is sent of a build whose trees have been read. The
// Dockerfile and ignore files it is sent beside the contexts, which they need not
// be part of, and remembers apart.
func (l *inputLook) send(ctx context.Context, b plan.Build, in *BuildInputs) {
	in.Sent = sharedkey.Sent{}
	for name, tree := range in.Trees {
		dir, mount := b.Context, MountOf(name)
		if name != "" {
			dir = b.Contexts[name]
		}
		in.Mounts = append(in.Mounts, sharedkey.Mount{Name: mount, Dir: dir})
		in.Sent[mount] = tree.Files
		in.Sent[mount+" "+ignoreFile] = present(ctx, filepath.Join(dir, ignoreFile))
	}
	if b.Inline == "" && filepath.IsAbs(b.Dockerfile) {
		in.Sent["dockerfile"] = present(ctx, b.Dockerfile, b.Dockerfile+ignoreFile)
	}
}

// present are the files that are there and can be read: of the others the
// builder is sent nothing.
func present(ctx context.Context, paths ...string) []buildcontext.File {
	var list []buildcontext.File
	for _, path := range paths {
		if f, err := buildcontext.ReadFile(ctx, path); err == nil {
			list = append(list, f)
		}
	}
	return list
}
