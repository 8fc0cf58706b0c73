// Package develop knows the develop section of a Compose file: which rule a file
// falls under, what has changed since a look, and how files get into containers
// that have no tools for it. What is rebuilt and restarted then, and when, is its
// caller's business. It may import docker for the values of a container.
package develop

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Rule is one of develop.watch.
type Rule struct {
	Service string
	Key     string // the same after the file was read anew, whatever is ignored then
	Path    string // absolute, without symbolic links; a directory, a file, or nothing yet
	Target  string // in the container; "" where nothing is sent
	Action  types.WatchAction
	Exec    types.ServiceHook // after a sync, in each container
	Initial bool              // all files are sent to a new container
	Built   bool              // the path is in the build context, so the image may have the files
	// Mounted is the bind mount that has the path in the container already, so
	// that nothing is sent; "" for none.
	Mounted string

	ignored []Patterns
	include *Patterns
	never   string
}

// ephemeral is what editors and tools leave for moments, and git for itself.
// Source: docker/compose pkg/watch/ephemeral.go.
const ephemeral = `
**/*___jb_old___
**/*___jb_tmp___
**/.idea
**/.#*
**/#*#
**/4913
**/*~
**/.*.swp
**/.*.swx
**/.*.swo
**/.*.swn
**/.*.kate-swp
**/*-go-tmp-umask
**/.git
`

// Rules are those of one service, in their order; none where it has no section. never
// is a directory that no rule is of: where what is done about changes is written.
func Rules(s types.ServiceConfig, never string) ([]Rule, error) {
	if s.Develop == nil {
		return nil, nil
	}
	var list []Rule
	times := map[string]int{}
	for _, t := range s.Develop.Watch {
		if err := check(s, t); err != nil {
			return nil, err
		}
		r := Rule{Service: s.Name, Path: filepath.Clean(t.Path), Target: t.Target, Action: t.Action, Exec: t.Exec, Initial: t.InitialSync, never: resolved(never)}
		r.Path = resolved(r.Path)
		key := strings.Join([]string{s.Name, string(t.Action), t.Path, t.Target}, " ")
		times[key]++
		r.Key = fmt.Sprintf("%s %d", key, times[key])
		if r.Sends() {
			r.Mounted = r.mounted(s)
		}
		if err := r.choose(s, t); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// check refuses what Compose refuses when it comes to it, or fails at later.
func check(s types.ServiceConfig, t types.Trigger) error {
	switch {
	case t.Action == types.WatchActionRebuild && s.Build == nil:
		return failure.New(failure.Preflight, "service %s: develop.watch has action rebuild, but there is no build section", s.Name).
			WithHint("give the service a build section, or the rule the action restart")
	case t.Action == types.WatchActionSyncExec && len(t.Exec.Command) == 0:
		return failure.New(failure.Preflight, "service %s: develop.watch has action sync+exec, but no exec.command", s.Name).
			WithHint("say exec: {command: [...]} in the rule, or make its action sync")
	}
	return nil
}

// choose reads which files are meant.
func (r *Rule) choose(s types.ServiceConfig, t types.Trigger) error {
	always, err := r.patterns(strings.Split(ephemeral, "\n"))
	if err != nil {
		return err
	}
	own, err := r.patterns(t.Ignore)
	if err != nil {
		return err
	}
	r.ignored = []Patterns{always, own}
	if len(t.Include) > 0 {
		include, err := r.patterns(t.Include)
		if err != nil {
			return err
		}
		r.include = &include
	}
	if b := s.Build; b != nil && filepath.IsAbs(b.Context) {
		file, err := ReadIgnore(resolved(b.Context), IgnoreFiles(*b)...)
		if err != nil {
			return err
		}
		r.ignored = append(r.ignored, file)
		_, r.Built = file.In(r.Path)
	}
	return nil
}

// IgnoreFiles are where the ignore file of a build may be, the first one counts.
func IgnoreFiles(b types.BuildConfig) []string {
	own := cmp.Or(b.Dockerfile, "Dockerfile") + IgnoreFile
	if !filepath.IsAbs(own) {
		own = filepath.Join(b.Context, own)
	}
	return []string{own, filepath.Join(b.Context, IgnoreFile)}
}

// patterns are relative to the rule's path; absolute ones below it are meant so.
func (r *Rule) patterns(lines []string) (Patterns, error) {
	var clean []string
	for _, line := range lines {
		bare, except := strings.CutPrefix(strings.TrimSpace(line), "!")
		if bare == "" {
			continue
		}
		bare = strings.TrimPrefix(filepath.Clean(bare), r.Path+string(filepath.Separator))
		bare = strings.TrimPrefix(filepath.ToSlash(bare), "/")
		clean = append(clean, map[bool]string{true: "!"}[except]+bare)
	}
	p, err := newPatterns(r.Path, clean)
	if err != nil {
		return Patterns{}, failure.New(failure.Preflight, "service %s: develop.watch of %s: %w", r.Service, r.Path, err).WithHint("mend the pattern")
	}
	return p, nil
}

// Sends reports whether the rule has files sent to containers.
func (r Rule) Sends() bool {
	return r.Action == types.WatchActionSync || r.Action == types.WatchActionSyncRestart || r.Action == types.WatchActionSyncExec
}

// Restarts reports whether the containers are restarted.
func (r Rule) Restarts() bool {
	return r.Action == types.WatchActionRestart || r.Action == types.WatchActionSyncRestart
}

// Covers reports whether a change of that path is one for the rule. The path that it
// names is not left out by an ignore file: often it is the Dockerfile.
func (r Rule) Covers(path string) bool {
	if path != r.Path && !strings.HasPrefix(path, r.Path+string(filepath.Separator)) {
		return false
	}
	if path == r.never || strings.HasPrefix(path, r.never+string(filepath.Separator)) {
		return false
	}
	if path == r.Path {
		return true
	}
	for _, one := range r.ignored {
		if one.Cover(path, false) {
			return false
		}
	}
	return r.include == nil || r.include.Cover(path, false)
}

// Skips reports whether a path, a directory with all that is in it, is of no
// interest to the rule.
func (r Rule) Skips(path string, dir bool) bool {
	if !dir {
		return !r.Covers(path)
	}
	if path == r.Path || strings.HasPrefix(r.Path, path+string(filepath.Separator)) {
		return false
	}
	return !strings.HasPrefix(path, r.Path+string(filepath.Separator)) || path == r.never ||
		slices.ContainsFunc(r.ignored, func(one Patterns) bool { return one.Cover(path, true) })
}

// mounted is the target of the bind mount that has the path where it would be sent
// to; one that has it elsewhere changes nothing there.
func (r Rule) mounted(s types.ServiceConfig) string {
	for _, v := range s.Volumes {
		if v.Type != types.VolumeTypeBind {
			continue
		}
		rel, err := filepath.Rel(resolved(v.Source), r.Path)
		if err == nil && filepath.IsLocal(rel) && path.Join("/", v.Target, filepath.ToSlash(rel)) == r.in(r.Path) {
			return v.Target
		}
	}
	return ""
}

// resolved is a path without symbolic links, as far as there is something.
func resolved(path string) string {
	if found, err := filepath.EvalSymlinks(path); err == nil {
		return found
	}
	if above := filepath.Dir(path); above != path {
		return filepath.Join(resolved(above), filepath.Base(path))
	}
	return path
}
