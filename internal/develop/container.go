package develop

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// Engine is what is asked of a Docker engine about one container.
type Engine interface {
	Inside(ctx context.Context, id string) (docker.Inside, error)
	HasFile(ctx context.Context, id, path string) (bool, error)
	FileIn(ctx context.Context, id, path string) (string, error)
	CopyTo(ctx context.Context, id string, archive io.Reader) error
	Attach(ctx context.Context, id string, cmd docker.Command) (int, error)
}

// Sent is what was done to a container.
type Sent struct {
	Files, Removed int
	// Kept are paths in the container that are gone here and stay there, with why.
	Kept []string
	Why  string
	// Unread is why files of here, by path, could not be read, so that the
	// container has not got them.
	Unread map[string]error
}

// Send does to a container what a change did here. Files are sent over the
// engine's API, so the container needs no program for them, and none of its user's
// rights; only what has gone needs its `rm`.
func Send(ctx context.Context, e Engine, id string, r Rule, c Change) (Sent, error) {
	in, err := e.Inside(ctx, id)
	if err != nil {
		return Sent{}, err
	}
	s := Sent{}
	var gone []string
	for _, name := range c.Gone {
		gone = append(gone, r.in(name))
	}
	if len(gone) > 0 {
		if err := s.remove(ctx, e, id, tops(gone, in.Mounts, path.Join("/", r.Target))); err != nil {
			return s, err
		}
	}
	if len(c.Changed) == 0 {
		return s, nil
	}
	whose, err := ownerOf(ctx, e, id, in.User)
	if err != nil {
		return s, err
	}
	entries, files, err := entriesOf(ctx, e, id, r, c.Changed)
	if err != nil {
		return s, err
	}
	s.Files = files
	if len(entries) == 0 {
		return s, nil
	}
	read, to := io.Pipe()
	written := make(chan map[string]error, 1)
	go func() {
		unread, err := write(to, entries, whose)
		written <- unread
		_ = to.CloseWithError(err)
	}()
	err = e.CopyTo(ctx, id, read)
	_ = read.Close()
	s.Unread = <-written
	s.Files = max(0, s.Files-len(s.Unread))
	return s, err
}

// entriesOf are changed paths as an archive has them. A directory is in it only
// where the container has none: what is there, a link perhaps, stays what it is.
// One that has to be made comes before what is in it, with its mode and owner.
func entriesOf(ctx context.Context, e Engine, id string, r Rule, changed []string) (list []entry, files int, err error) {
	there := map[string]bool{} // whether the container has a directory
	var directory func(name string) (bool, error)
	directory = func(name string) (bool, error) {
		if has, known := there[name]; known {
			return has, nil
		}
		has, err := true, error(nil)
		if name != r.Path {
			has, err = directory(filepath.Dir(name))
		}
		if err == nil && has { // else what is above it has to be made, and it as well
			has, err = e.HasFile(ctx, id, r.in(name))
		}
		if there[name] = has; err == nil && !has {
			list = append(list, entry{name, r.in(name)})
		}
		return has, err
	}
	for _, name := range changed {
		above, dir := name, isDir(name)
		if !dir {
			above = filepath.Dir(name)
		}
		if dir || name != r.Path { // what a single file lies in here is nothing to the container
			if _, err := directory(above); err != nil {
				return nil, 0, err
			}
		}
		if !dir {
			list, files = append(list, entry{name, r.in(name)}), files+1
		}
	}
	return list, files, nil
}

// remove deletes paths in a container as root, whatever its user may do.
func (s *Sent) remove(ctx context.Context, e Engine, id string, paths []string) error {
	for some := range slices.Chunk(paths, 200) { // a command line has an end
		var said bytes.Buffer
		code, err := e.Attach(ctx, id, docker.Command{Argv: append([]string{"rm", "-rf", "--"}, some...), User: "0:0", Out: io.Discard, Err: &said})
		switch {
		case docker.NoProgram(err) || code == 126 || code == 127:
			s.Kept, s.Why = append(s.Kept, some...), "it has no rm"
		case docker.Stopped(err):
			s.Kept, s.Why = append(s.Kept, some...), "it does not run"
		case err != nil:
			return err
		case code != 0:
			return failure.New(failure.Unexpected, "rm ended with exit code %d", code).WithDetails(strings.TrimSpace(said.String()))
		default:
			s.Removed += len(some)
		}
	}
	return nil
}

// ownerOf is who a container runs as, by its own users: the engine's idea of a name
// is that of the machine which it runs on, where it is of an older one.
func ownerOf(ctx context.Context, e Engine, id, user string) (owner, error) {
	name, group, grouped := strings.Cut(user, ":")
	var o owner
	if name == "" || name == "0" || name == "root" {
		name = "0"
	}
	uid, err := strconv.Atoi(name)
	o.uid = uid
	if err != nil || uid != 0 && !grouped {
		users, readErr := e.FileIn(ctx, id, "/etc/passwd")
		if readErr != nil {
			return o, readErr
		}
		f := line(users, func(f []string) bool { return f[0] == name || err == nil && f[2] == name })
		if f == nil && err != nil {
			return o, failure.New(failure.Unexpected, "the container runs as %q, who is not in its /etc/passwd", user)
		}
		if f != nil {
			o.uid, _ = strconv.Atoi(f[2])
			o.gid, _ = strconv.Atoi(f[3])
		}
	}
	if !grouped {
		return o, nil
	}
	if o.gid, err = strconv.Atoi(group); err == nil {
		return o, nil
	}
	groups, err := e.FileIn(ctx, id, "/etc/group")
	if err != nil {
		return o, err
	}
	f := line(groups, func(f []string) bool { return f[0] == group })
	if f == nil {
		return o, failure.New(failure.Unexpected, "the container runs as %q, whose group is not in its /etc/group", user)
	}
	o.gid, err = strconv.Atoi(f[2])
	return o, err
}

// line is the first one of a passwd or group file that is meant.
func line(text string, meant func([]string) bool) []string {
	for one := range strings.Lines(text) {
		if f := strings.Split(strings.TrimSpace(one), ":"); len(f) > 3 && meant(f) {
			return f
		}
	}
	return nil
}

// ExitCode is that of a command which ended with another than 0.
type ExitCode int

func (c ExitCode) Error() string { return fmt.Sprintf("ended with exit code %d", int(c)) }

// Run runs a rule's command in a container; the error is an ExitCode where it failed.
func Run(ctx context.Context, e Engine, id string, r Rule, out io.Writer) error {
	var env []string
	for name, value := range r.Exec.Environment {
		if value != nil {
			name += "=" + *value
		}
		env = append(env, name)
	}
	slices.Sort(env)
	code, err := e.Attach(ctx, id, docker.Command{Argv: r.Exec.Command, Env: env, User: r.Exec.User, Dir: r.Exec.WorkingDir,
		Privileged: r.Exec.Privileged, Out: out, Err: out})
	if err == nil && code != 0 {
		err = ExitCode(code)
	}
	return err
}
