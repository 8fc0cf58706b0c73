package buildcontext

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestTheDockerfilesOwnIgnoreFileGoesFirst(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		".dockerignore": "a\n", "a": "", "b": "",
		"docker/api/": "", "docker/api.dockerignore": "b\ndocker\n.dockerignore", "docker/empty.dockerignore": "",
	})
	for dockerfile, want := range map[string]string{
		"":              ".dockerignore b docker docker/api docker/api.dockerignore docker/empty.dockerignore",
		"docker/none":   ".dockerignore b docker docker/api docker/api.dockerignore docker/empty.dockerignore",
		"docker/api":    "a",
		"docker/empty":  ".dockerignore a b docker docker/api docker/api.dockerignore docker/empty.dockerignore",
		"nowhere/at/it": ".dockerignore b docker docker/api docker/api.dockerignore docker/empty.dockerignore",
	} {
		o := Options{Dir: dir}
		used := filepath.Join(dir, ".dockerignore")
		if dockerfile != "" {
			o.Dockerfile = filepath.Join(dir, dockerfile)
			if _, err := os.Stat(o.Dockerfile + ".dockerignore"); err == nil {
				used = o.Dockerfile + ".dockerignore"
			}
		}
		if tree := read(t, o); paths(tree.Files) != want || tree.Ignore != used {
			t.Errorf("%s: got %s by %s", dockerfile, paths(tree.Files), tree.Ignore)
		}
	}
}

func TestAnIgnoreFileIsPassedOverWhereBuildKitSeesNone(t *testing.T) {
	for name, create := range map[string]func(file string) error{
		"directory":      func(file string) error { return os.Mkdir(file, 0o755) },
		"link outside":   func(file string) error { return os.Symlink("../rules", file) },
		"link elsewhere": func(file string) error { return os.Symlink(filepath.Join(filepath.Dir(file), "../rules"), file) },
		"broken link":    func(file string) error { return os.Symlink("nowhere", file) },
		"loop":           func(file string) error { return os.Symlink(".dockerignore", file) },
	} {
		dir := t.TempDir()
		write(t, dir, map[string]string{"rules": "a", "context/a": ""})
		o := Options{Dir: filepath.Join(dir, "context")}
		try(t, create(filepath.Join(o.Dir, ".dockerignore")))
		if tree := read(t, o); paths(tree.Files) != ".dockerignore a" || tree.Ignore != "" {
			t.Errorf("%s: got %s by %q", name, paths(tree.Files), tree.Ignore)
		}
	}
}

func TestALinkedIgnoreFileWithinTheContextCounts(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"etc/rules": "a\n.dockerignore", "a": ""})
	try(t, os.Symlink("etc/rules", filepath.Join(dir, ".dockerignore")))
	if got := paths(read(t, Options{Dir: dir}).Files); got != "etc etc/rules" {
		t.Errorf("got %s", got)
	}
}

func TestABadPatternIsToldWithFileAndLine(t *testing.T) {
	for _, bad := range []string{"[", "a[b-", "!", "\\", "src/[z-a]"} {
		dir := t.TempDir()
		write(t, dir, map[string]string{".dockerignore": "# bytes\n\nnode_modules\n" + bad + "\ndist\n", "src/x": ""})
		_, err := Read(t.Context(), Options{Dir: dir})
		if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), ".dockerignore line 4: ") || !strings.Contains(err.Error(), "#") {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

func TestALineWithoutEndIsAnErrorOfItsFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{".dockerignore": strings.Repeat("x", 1<<17)})
	_, err := Read(t.Context(), Options{Dir: dir})
	if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), ".dockerignore") {
		t.Errorf("got %v", err)
	}
}

// An excluded directory is entered only where an exception could hold below.
func TestAnExcludedDirectoryIsEnteredOnlyForAnException(t *testing.T) {
	for ignore, want := range map[string]bool{
		"big":                       false,
		"big\n!other/keep":          false,
		"big\n!big/keep":            true,
		"big\n!other/*.go\n!b*/*":   true,
		"big\n!other/*.go":          false,
		"big\n!**/keep":             true,
		"big\n!other/a[bc]/keep":    false,
		"big\n!big/sub/*/keep\n!?x": true,
	} {
		r, err := parseRules("file", []byte(ignore))
		try(t, err)
		if r.entered("big") != want {
			t.Errorf("%q: entered %v", ignore, !want)
		}
	}
}

// FuzzAShortcutNeverDisagreesWithMoby asks a pattern with its shortcuts and
// moby's matcher about the same path.
func FuzzAShortcutNeverDisagreesWithMoby(f *testing.F) {
	for _, text := range []string{"a", "!a/**", "**/*.go", "a?c*", "[a]*", "*|b", "a{2}*", "\xff*", "!\ufeff*", "**/a/**", "***/a", `\a*`, "a^*"} {
		f.Add(text, "a/b/c.go")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		p, err := newPattern(strings.ReplaceAll(text, "\x00", ""))
		if err != nil || p.matcher == nil || strings.Contains(path, "\x00") || path == "" {
			return
		}
		got, err := p.matches(path)
		matched, _, refused := p.matcher.MatchesUsingParentResults(path, p.none)
		if (err != nil) != (refused != nil) || err == nil && got != (matched != p.exception) {
			t.Fatalf("%q on %q: %v, %v; moby: %v, %v", text, path, got, err, matched != p.exception, refused)
		}
		for dir, i := path, strings.LastIndex(path, "/"); got && i > 0; i = strings.LastIndex(dir, "/") {
			if dir = dir[:i]; !p.reaches(dir+"/", false) {
				t.Fatalf("%q matches %q, but is said not to reach below %q", text, path, dir)
			}
		}
	})
}
