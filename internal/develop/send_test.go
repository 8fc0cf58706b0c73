package develop

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// container is an engine with one container, which notes what it is told.
type container struct {
	inside docker.Inside
	files  map[string]string // by path; directories have ""
	run    func(docker.Command) (int, error)
	told   []string
}

func (c *container) Inside(context.Context, string) (docker.Inside, error) { return c.inside, nil }

func (c *container) HasFile(_ context.Context, _, path string) (bool, error) {
	_, there := c.files[path]
	return there, nil
}

func (c *container) FileIn(_ context.Context, _, path string) (string, error) {
	return c.files[path], nil
}

func (c *container) Attach(_ context.Context, _ string, cmd docker.Command) (int, error) {
	c.told = append(c.told, cmd.User+"$ "+strings.Join(cmd.Argv, " "))
	if c.run == nil {
		return 0, nil
	}
	return c.run(cmd)
}

func (c *container) CopyTo(_ context.Context, _ string, archive io.Reader) error {
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		c.told = append(c.told, fmt.Sprintf("%s %c %o %d:%d %d %q%s", h.Name, h.Typeflag, h.Mode, h.Uid, h.Gid, h.ModTime.Unix(), text, h.Linkname))
	}
}

func sends(t *testing.T, c *container, r Rule, change Change) Sent {
	t.Helper()
	c.told = nil
	s, err := Send(t.Context(), c, "id", r, change)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (c *container) wants(t *testing.T, lines ...string) {
	t.Helper()
	if !slices.Equal(c.told, lines) {
		t.Errorf("it was told\n%s\nwant\n%s", strings.Join(c.told, "\n"), strings.Join(lines, "\n"))
	}
}

func TestFilesArriveWithTheirContentModeAndTimeAsTheContainersUser(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "a", "deep/b", "here/c", "empty/")
	for _, err := range []error{os.Chmod(dir, 0o755), os.Chmod(filepath.Join(dir, "a"), 0o755), os.Chmod(filepath.Join(dir, "deep"), 0o700), os.Symlink("../a", filepath.Join(dir, "deep/link"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	at := time.Unix(1_700_000_000, 999)
	for _, name := range []string{"a", "deep/b", "here/c", "deep", "empty", "here"} {
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	r := ruleOf(t, dir, types.Trigger{Path: dir, Action: types.WatchActionSync, Target: "/app/src/"})
	c := &container{inside: docker.Inside{User: "web"}, files: map[string]string{"/app": "", "/app/src": "", "/app/src/here": "",
		"/etc/passwd": "root:x:0:0::/:/bin/sh\nweb:x:33:34::/:/bin/sh\n"}}
	change := r.Look().Since(Tree{})
	link := filepath.Join(dir, "deep/link")
	info, err := os.Lstat(link)
	if err != nil {
		t.Fatal(err)
	}
	if s := sends(t, c, r, change); s.Files != 4 {
		t.Errorf("%+v", s)
	}
	c.wants(t, `app/src/a 0 755 33:34 1700000000 "a"`, `app/src/deep/ 5 700 33:34 1700000000 ""`, `app/src/deep/b 0 644 33:34 1700000000 "deep/b"`,
		fmt.Sprintf(`app/src/deep/link 2 777 33:34 %d ""../a`, info.ModTime().Unix()), `app/src/empty/ 5 755 33:34 1700000000 ""`, `app/src/here/c 0 644 33:34 1700000000 "here/c"`)

	t.Log("a directory that is not there is made as here, and what went meanwhile is left out")
	delete(c.files, "/app/src")
	if err := os.Remove(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(dir, at, at); err != nil {
		t.Fatal(err)
	}
	sends(t, c, r, Change{Changed: []string{filepath.Join(dir, "a"), filepath.Join(dir, "here/c")}})
	c.wants(t, `app/src/ 5 755 33:34 1700000000 ""`, `app/src/here/ 5 755 33:34 1700000000 ""`, `app/src/here/c 0 644 33:34 1700000000 "here/c"`)
}

func TestAFileGoesToItsTargetOrIntoTheDirectoryThatIsMeant(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "app.conf")
	path := filepath.Join(dir, "app.conf")
	for target, want := range map[string]string{"/etc/my.conf": "etc/my.conf", "/etc/my/": "etc/my/app.conf", "etc/x.conf": "etc/x.conf"} {
		c := &container{}
		sends(t, c, ruleOf(t, dir, types.Trigger{Path: path, Action: types.WatchActionSync, Target: target}), Change{Changed: []string{path}})
		if len(c.told) != 1 || !strings.HasPrefix(c.told[0], want+" 0 644 0:0 ") {
			t.Errorf("%s: %q", target, c.told)
		}
	}
}

func TestTheOwnerIsWhoTheContainerRunsAsByItsOwnUsers(t *testing.T) {
	t.Parallel()
	etc := map[string]string{"/etc/passwd": "root:x:0:0::/:/bin/sh\n# none\nweb:x:33:34::/:/bin/sh\nbroken\n", "/etc/group": "staff:x:50:web\n"}
	for user, want := range map[string]string{"": "0 0", "root": "0 0", "0": "0 0", "web": "33 34", "33": "33 34", "77": "77 0", "77:88": "77 88", "web:staff": "33 50",
		"web:7": "33 7", "33:staff": "33 50", "nobody": `"nobody", who is not in its /etc/passwd`, "web:none": `"web:none", whose group is not in its /etc/group`} {
		o, err := ownerOf(t.Context(), &container{files: etc}, "id", user)
		got := fmt.Sprint(o.uid, o.gid)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, want) {
			t.Errorf("%q: got %s, want %s", user, got, want)
		}
	}
}

func TestWhatHasGoneIsRemovedAsRootWhereTheContainerCan(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	r := ruleOf(t, dir, types.Trigger{Path: dir, Action: types.WatchActionSync, Target: "/app"})
	gone := Change{Gone: []string{filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "b/c")}}
	c := &container{inside: docker.Inside{User: "web"}}
	if s := sends(t, c, r, gone); s.Removed != 2 {
		t.Errorf("%+v", s)
	}
	c.wants(t, "0:0$ rm -rf -- /app/a /app/b")
	c.inside.Mounts = []string{"/app/b"}
	sends(t, c, r, gone)
	c.wants(t, "0:0$ rm -rf -- /app/a")
	c.inside.Mounts = nil
	for _, code := range []int{126, 127} {
		c.run = func(docker.Command) (int, error) { return code, nil }
		if s := sends(t, c, r, gone); !slices.Equal(s.Kept, []string{"/app/a", "/app/b"}) || s.Why != "it has no rm" || s.Removed > 0 {
			t.Errorf("%+v", s)
		}
	}
	c.run = func(cmd docker.Command) (int, error) { _, _ = io.WriteString(cmd.Err, "read-only\n"); return 1, nil }
	if _, err := Send(t.Context(), c, "id", r, gone); err == nil || !strings.Contains(err.Error(), "rm ended with exit code 1") || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("got %v", err)
	}
}

func TestACommandRunsAsItsHookSays(t *testing.T) {
	t.Parallel()
	value := "1"
	var got docker.Command
	c := &container{run: func(cmd docker.Command) (int, error) { got = cmd; return 3, nil }}
	err := Run(t.Context(), c, "id", Rule{Exec: types.ServiceHook{Command: []string{"make", "x"}, User: "me", WorkingDir: "/w", Privileged: true,
		Environment: types.MappingWithEquals{"B": &value, "A": nil}}}, io.Discard)
	if err == nil || err.Error() != "ended with exit code 3" || got.User != "me" || got.Dir != "/w" || !got.Privileged || strings.Join(got.Env, " ") != "A B=1" {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestWhatCannotBeReadIsLeftOutAndTheRestIsSent(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "a", "loop/b", "z")
	r := ruleOf(t, dir, types.Trigger{Path: dir, Action: types.WatchActionSync, Target: "/app"})
	loop := filepath.Join(dir, "loop")
	for _, err := range []error{os.RemoveAll(loop), os.Symlink("loop", loop)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c := &container{files: map[string]string{"/app": "", "/app/loop": ""}}
	broken := filepath.Join(loop, "b")
	s := sends(t, c, r, Change{Changed: []string{filepath.Join(dir, "a"), broken, filepath.Join(dir, "z")}})
	if s.Files != 2 || len(s.Unread) != 1 || s.Unread[broken] == nil || len(c.told) != 2 || !strings.HasPrefix(c.told[1], "app/z ") {
		t.Errorf("%+v, told %q", s, c.told)
	}
}

func TestAFileThatBecomesShorterIsFilledUpAndNotHad(t *testing.T) {
	t.Parallel()
	content := &reader{from: strings.NewReader("short")}
	all, err := io.ReadAll(io.LimitReader(io.MultiReader(content, zeros{}), 8))
	if err != nil || string(all) != "short\x00\x00\x00" || !errors.Is(content.err, io.EOF) {
		t.Errorf("%q, %v, %v", all, err, content.err)
	}
	content = &reader{from: strings.NewReader("enough")}
	if all, err := io.ReadAll(io.LimitReader(io.MultiReader(content, zeros{}), 6)); err != nil || string(all) != "enough" || content.err != nil {
		t.Errorf("%q, %v, %v", all, err, content.err)
	}
}
