package pluginhost

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// source is where a plugin is built from.
type source struct {
	name   string
	owner  string // in the cache
	dir    string // of package main
	module string // of the go.mod that counts
	whole  string // MODULE@VERSION where the directory is that of the module cache
	work   string // GOWORK: "off", a go.work, or "" where the go command finds it
}

// sourceIn finds the module of a plugin's directory: its own, for which no
// workspace around it counts, or the root's.
func (h *Host) sourceIn(name, root, dir string) source {
	s := source{name: name, owner: owner(name, dir), dir: dir, module: root, work: h.getenv("GOWORK")}
	if isFile(dir, "go.mod") {
		s.module, s.work = dir, "off"
	} else if root == h.Module {
		s.work = ownWorkspace(root)
	}
	return s
}

// ownWorkspace is the go.work of Spellbook's own module, which has its SDK
// beside it in its tree. A release has the file too, and no SDK: there it
// would end every build.
func ownWorkspace(module string) string {
	if isFile(module, "go.work") && isFile(module, "plugins/sdk/go.mod") {
		return filepath.Join(module, "go.work")
	}
	return "off"
}

func isFile(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
	return err == nil && info.Mode().IsRegular()
}

// workspaces are the files that may be the go.work of a build.
func (s source) workspaces() (list []string) {
	switch s.work {
	case "off":
	case "", "auto":
		for dir := s.module; ; dir = filepath.Dir(dir) {
			list = append(list, filepath.Join(dir, "go.work"))
			if dir == filepath.Dir(dir) {
				break
			}
		}
	default:
		list = append(list, s.work)
	}
	return list
}

// compiled are the files that the go command makes a package of.
var compiled = []string{".go", ".s", ".S", ".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".m", ".syso"}

// collect stamps all inputs: of each directory the files that are compiled,
// of one that embeds (its name ends with a slash) all that is below, and the
// files of the modules and the workspace. known spares reading what did not change.
func (s source) collect(dirs []string, known []stamp, now time.Time) ([]stamp, error) {
	c := collector{known: byPath(known), now: now}
	if s.whole != "" {
		c.tree(s.dir)
		return c.sorted()
	}
	for _, name := range []string{"go.mod", "go.sum", "vendor/modules.txt"} {
		c.file(filepath.Join(s.module, name), true)
	}
	for _, work := range s.workspaces() {
		c.file(work, true)
		c.file(work+".sum", true)
	}
	for _, dir := range dirs {
		if trimmed := strings.TrimSuffix(dir, "/"); trimmed != dir {
			c.tree(trimmed)
			continue
		}
		if filepath.Base(dir) == "go.mod" {
			c.file(dir, true)
			c.file(strings.TrimSuffix(dir, "mod")+"sum", true) // which vouches for a workspace's modules
			continue
		}
		c.flat(dir)
	}
	return c.sorted()
}

type collector struct {
	known map[string]stamp
	now   time.Time
	list  []stamp
	err   error
}

// file adds one; where it may be missing, that it is so is an input too.
func (c *collector) file(path string, mayMiss bool) {
	s, err := stampFile(path, c.known, c.now)
	if err != nil && (!mayMiss || s.Size >= 0) {
		c.fail(err)
	}
	c.list = append(c.list, s)
}

func (c *collector) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *collector) flat(dir string) {
	c.list = append(c.list, look(dir, c.now))
	files, err := os.ReadDir(dir)
	if err != nil {
		c.fail(err)
	}
	for _, f := range files {
		if !f.IsDir() && slices.Contains(compiled, filepath.Ext(f.Name())) && !strings.HasSuffix(f.Name(), "_test.go") {
			c.file(filepath.Join(dir, f.Name()), false)
		}
	}
}

func (c *collector) tree(dir string) {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			c.list = append(c.list, look(path, c.now))
		case d.Type().IsRegular(): // the go command takes nothing else
			c.file(path, false)
		}
		return nil
	})
	if err != nil {
		c.fail(err)
	}
}

// sorted is the list by path, without doubles.
func (c *collector) sorted() ([]stamp, error) {
	slices.SortFunc(c.list, func(a, b stamp) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(c.list, func(a, b stamp) bool { return a.Path == b.Path }), c.err
}

// key is the hash of what a binary is made of: contents, names relative to the
// module, and what the go command says of itself.
func (s source) key(files []stamp, tool string) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s\n%s\n", s.name, tool)
	for _, f := range files {
		if f.Sum != "" {
			name, err := filepath.Rel(s.module, f.Path)
			if err != nil {
				name = f.Path
			}
			_, _ = fmt.Fprintf(h, "%s  %s\n", f.Sum, filepath.ToSlash(name))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// hash1 is Go's h1: of a module's directory, from the sums of its files: what
// go.sum and the checksum database hold.
func (s source) hash1(files []stamp) string {
	var lines []string
	for _, f := range files {
		if f.Sum == "" {
			continue
		}
		if name, err := filepath.Rel(s.dir, f.Path); err == nil {
			lines = append(lines, s.whole+"/"+filepath.ToSlash(name)+"\x00"+f.Sum)
		}
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, line := range lines {
		name, sum, _ := strings.Cut(line, "\x00")
		_, _ = fmt.Fprintf(h, "%s  %s\n", sum, name)
	}
	return "h1:" + base64.StdEncoding.EncodeToString(h.Sum(nil))
}
