package ownership

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// tree makes directories and returns their common root.
func tree(t *testing.T, dirs ...string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func checkout(root string) *Checkout {
	return &Checkout{Root: root, Dir: filepath.Join(root, "compose"), Files: []string{filepath.Join(root, "compose/compose.yml")}, Local: true,
		IsRoot: func(dir string) bool {
			_, err := os.Stat(filepath.Join(dir, ".git"))
			return err == nil
		}}
}

func TestAContainerIsOursIfAnyOfItsPathsLiesInThisCheckout(t *testing.T) {
	t.Parallel()
	at := tree(t, "a/.git", "a/compose", "a/tools", "a/trees/inner/.git", "a/trees/inner/compose", "b/compose", "ab/compose")
	if err := os.Symlink(filepath.Join(at, "a"), filepath.Join(at, "link")); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(at, name) }
	ours, gone := Maker{Whose: Ours, Dir: in("a")}, func(m Maker) Maker { m.Gone = true; return m }
	from := func(dir string) Maker { return Maker{Whose: Others, Dir: in(dir)} }
	for name, c := range map[string]struct {
		dir   string
		files []string
		want  Maker
	}{
		"its project directory":               {in("a/compose"), []string{in("a/compose/compose.yml")}, ours},
		"another directory of the repository": {in("a/tools"), nil, ours},
		"a directory that is there no more":   {in("a/old/compose"), nil, ours},
		"through a link":                      {in("link/compose"), []string{in("link/compose/compose.yml")}, ours},
		"through a link to what is no more":   {in("link/old"), nil, ours},
		"one file of ours, run elsewhere":     {in("b"), []string{in("b/x.yml"), in("a/compose/compose.yml")}, ours},
		"standard input, in our directory":    {in("a"), []string{"-"}, ours},
		"no file, as an IDE has it":           {in("a/compose"), nil, ours},
		"another checkout":                    {in("b/compose"), []string{in("b/compose/compose.yml")}, from("b")},
		"a name that only begins as ours":     {in("ab/compose"), nil, from("ab")},
		"another place of the files":          {in("b"), nil, from("b")},
		"files only":                          {"", []string{in("b/compose/compose.yml")}, from("b")},
		"a worktree inside of ours":           {in("a/trees/inner/compose"), nil, from("a/trees/inner")},
		"a checkout that is gone":             {in("c/compose"), nil, gone(from("c"))},
		"no label":                            {"", nil, Maker{}},
		"standard input, nobody knows where":  {"", []string{"-"}, Maker{}},
		"a relative path":                     {"compose", []string{"compose.yml"}, Maker{}},
	} {
		if got := checkout(in("a")).Container(c.dir, c.files); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	inner := checkout(in("a/trees/inner"))
	if got := inner.Container(in("a/compose"), nil); got != from("a") {
		t.Errorf("the outer checkout, seen from the inner: %+v", got)
	}
	if got := inner.Container(in("a/trees/inner/compose"), nil); got.Whose != Ours {
		t.Errorf("the inner checkout, seen from itself: %+v", got)
	}
}

// A submodule has a .git of its own, and may be where the Compose files are.
func TestTheComposeFilesInUseAreOursWhereverTheyLie(t *testing.T) {
	t.Parallel()
	root := tree(t, ".git", "deploy/.git")
	c := checkout(root)
	c.Dir, c.Files = filepath.Join(root, "deploy"), []string{filepath.Join(root, "deploy/compose.yml")}
	for _, dir := range []string{c.Dir, root} {
		if got := c.Container(dir, nil); got.Whose != Ours {
			t.Errorf("%s: %+v", dir, got)
		}
	}
}

// What a removed worktree inside of ours has left is known by its claim alone.
func TestAClaimTellsARemovedWorktreeFromARemovedDirectory(t *testing.T) {
	t.Parallel()
	root := tree(t, ".git", "compose")
	c := checkout(root)
	c.Claim = Claim{Version: 1, Root: filepath.Join(root, "tree")}
	want := Maker{Whose: Others, Dir: filepath.Join(root, "tree"), Gone: true}
	if got := c.Container(filepath.Join(root, "tree/compose"), nil); got != want {
		t.Errorf("%+v", got)
	}
}

func TestOnAnEngineOfOtherMachinesAPathIsNotEnough(t *testing.T) {
	t.Parallel()
	root := tree(t, "compose")
	c := checkout(root)
	c.Local = false
	if got := c.Container(c.Dir, nil); got != (Maker{Whose: Others, Dir: root, Elsewhere: true}) {
		t.Errorf("without a claim: %+v", got)
	}
	c.Claim = c.Claim.Stack(root)
	if got := c.Container(c.Dir, nil); got.Whose != Ours {
		t.Errorf("with a claim: %+v", got)
	}
	if got := c.Container("/nowhere/compose", nil); got != (Maker{Whose: Others, Dir: "/nowhere"}) {
		t.Errorf("a path that need not be on this machine: %+v", got)
	}
}

func TestAVolumeIsWhoseContainersUseItElseWhoHasClaimedIt(t *testing.T) {
	t.Parallel()
	at := tree(t, "a/compose", "b")
	c := checkout(filepath.Join(at, "a"))
	other := filepath.Join(at, "b")
	ours, theirs := Maker{Whose: Ours, Dir: c.Root}, Maker{Whose: Others, Dir: other}
	c.Claim = Claim{}.Keep(c.Root, "mine").Keep(other, "theirs").Keep(filepath.Join(at, "c"), "left")
	for name, v := range map[string]struct {
		volume string
		users  []Maker
		want   Maker
	}{
		"used by ours":               {"theirs", []Maker{ours}, ours},
		"used by another's":          {"mine", []Maker{theirs}, theirs},
		"used by both":               {"mine", []Maker{ours, theirs}, theirs},
		"used by nobody knows whose": {"mine", []Maker{{}}, ours},
		"claimed":                    {"mine", nil, ours},
		"claimed by another":         {"theirs", nil, theirs},
		"claimed by one who is gone": {"left", nil, Maker{Whose: Others, Dir: filepath.Join(at, "c"), Gone: true}},
		"of which nothing is known":  {"new", nil, Maker{}},
	} {
		if got := c.Volume(v.volume, v.users); got != v.want {
			t.Errorf("%s: %+v, want %+v", name, got, v.want)
		}
	}
}

func TestAClaimIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stacks", "app.json")
	if got := ReadClaim(path); got.Root != "" || got.Volumes != nil {
		t.Errorf("of nothing: %+v", got)
	}
	want := Claim{}.Stack("/a").Keep("/a", "app_data", "app_gone").Forget("app_gone")
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	got := ReadClaim(path)
	if !reflect.DeepEqual(got, want) || got.Root != "/a" || len(got.Volumes) != 1 || got.Volumes["app_data"] != "/a" {
		t.Errorf("got %+v", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode: %v, %v", info, err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ReadClaim(path); got.Version != 0 {
		t.Errorf("of a broken file: %+v", got)
	}
	if left, _ := filepath.Glob(path + ".*"); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// The engine is asked for its ID to find a claim, so it is read where it can tell.
func TestAClaimIsReadOnceAndOnlyWhereItCanTell(t *testing.T) {
	t.Parallel()
	root := tree(t, "compose", "other/compose")
	c, reads := checkout(root), 0
	c.Read = func() Claim { reads++; return Claim{}.Stack(root).Keep(root, "mine") }
	if got := c.Container(c.Dir, nil); got.Whose != Ours || reads != 0 {
		t.Errorf("%+v after %d reads, though the path says all", got, reads)
	}
	if got := c.Volume("mine", nil); got.Whose != Ours || reads != 1 {
		t.Errorf("%+v after %d reads", got, reads)
	}
	c.Local = false
	if got := c.Container(c.Dir, nil); got.Whose != Ours || reads != 1 {
		t.Errorf("%+v after %d reads", got, reads)
	}
}
