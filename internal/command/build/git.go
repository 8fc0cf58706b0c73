package build

import (
	"context"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
	"github.com/infinitescribe/spellbook/internal/host/git"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// commit is what git tells of a build's sources; its zero value is that they
// are in no repository, or that there is no git.
type commit struct {
	revision string // of HEAD, with -dirty-KEY where the inputs are not its
	source   string // where the repository is from
	time     int64  // of the commit, seconds
}

func (b *Operation) commit(ctx context.Context, one plan.Build) (c commit) {
	if !filepath.IsAbs(one.Context) {
		return c
	}
	last, ok := b.git(ctx, one.Context, "log", "-1", "--no-show-signature", "--format=%H %ct")
	hash, at, two := strings.Cut(last, " ")
	if !ok || !two {
		return c
	}
	c.revision = hash
	c.time, _ = strconv.ParseInt(strings.TrimSpace(at), 10, 64)
	origin, _ := b.git(ctx, one.Context, "remote", "get-url", "origin")
	c.source = sourceURL(strings.TrimSpace(origin))
	if b.dirty(ctx, one) {
		c.revision += "-dirty-" + b.Records[one.Name].Key
	}
	return c
}

// dirty: something that the image is made from is not as committed.
func (b *Operation) dirty(ctx context.Context, one plan.Build) bool {
	trees := b.inputs[one.Name].Trees
	places := map[string]string{one.Context: ""}
	for name, where := range one.Contexts {
		if image.Local(where) {
			places[where] = name
		}
	}
	for dir, name := range places {
		if b.uncommitted(ctx, dir, one.Dockerfile, trees[name].Files) {
			return true
		}
	}
	return false
}

// uncommitted: git tells of a change of the Dockerfile or of files, which lie
// below dir.
func (b *Operation) uncommitted(ctx context.Context, dir, dockerfile string, files []buildcontext.File) bool {
	top, known := b.git(ctx, dir, "rev-parse", "--show-toplevel")
	place, err := filepath.EvalSymlinks(dir)
	if err != nil || !known {
		return true
	}
	if beyond, err := filepath.EvalSymlinks(dockerfile); err == nil {
		dockerfile = beyond
	}
	status, known := b.git(ctx, dir, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching", "--", ":/")
	if !known { // nothing says that it is as committed
		return true
	}
	for entry := range strings.SplitSeq(status, "\x00") {
		if len(entry) < 4 {
			continue
		}
		path := filepath.Join(strings.TrimSpace(top), entry[3:])
		rel, err := filepath.Rel(place, path)
		if err != nil {
			return true
		}
		removed := strings.Contains(entry[:2], "D") && !strings.HasPrefix(rel, "..")
		if path == dockerfile || removed || holds(files, filepath.ToSlash(rel)) {
			return true
		}
	}
	return false
}

// holds reports whether a path, or something below it, is among files, which
// are sorted by path.
func holds(files []buildcontext.File, path string) bool {
	i, found := slices.BinarySearchFunc(files, path, func(f buildcontext.File, path string) int { return strings.Compare(f.Path, path) })
	if found && !files[i].Mode.IsDir() {
		return true
	}
	return below(files[i:], path)
}

func below(files []buildcontext.File, path string) bool {
	return slices.ContainsFunc(files, func(f buildcontext.File) bool { return strings.HasPrefix(f.Path, path+"/") && !f.Mode.IsDir() })
}

// git is what git prints in a directory; ok is false where it fails.
func (b *Operation) git(ctx context.Context, dir string, args ...string) (text string, ok bool) {
	text, code := git.Ask(ctx, b.Run.Environ, dir, args...)
	return text, code == 0
}

// sourceURL is a remote as a web address, without the credentials that may be
// in it; "" for what is no address.
func sourceURL(remote string) string {
	if host, path, ok := strings.Cut(strings.TrimPrefix(remote, "git@"), ":"); ok && strings.HasPrefix(remote, "git@") {
		remote = "https://" + host + "/" + path
	}
	u, err := url.Parse(remote)
	if err != nil || u.Host == "" {
		return ""
	}
	if u.Scheme == "ssh" || u.Scheme == "git" {
		u.Scheme, u.Host = "https", u.Hostname()
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return strings.TrimSuffix(u.String(), ".git")
}
