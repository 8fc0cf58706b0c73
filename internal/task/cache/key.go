package cache

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/host"
	"github.com/infinitescribe/spellbook/internal/task"
)

// part is one thing that a key is made of: what it is called, and what it is now.
type part struct{ Name, Value string }

// facts are what a task depends on, taken at one time: its files apart, which are many.
type facts struct {
	parts  []part
	inputs []file
	idle   []string // input patterns that match nothing
}

// facts finds out what a task depends on, but for its outputs.
func (c *Cache) facts(ctx context.Context, t *task.Task, outputs *set, environ []string, needed []task.Needed) (f facts, err error) {
	visible, variables := c.visible(t, environ)
	f.parts = make([]part, 0, 5+2*len(t.Steps)+len(t.Programs)+len(variables)+len(needed))
	add := func(name, value string) { f.parts = append(f.parts, part{name, value}) }
	add("task", strconv.Quote(t.Name)+" "+runtime.GOOS+"/"+runtime.GOARCH)
	for i, step := range t.Steps {
		name := "command"
		if len(t.Steps) > 1 {
			name += " " + strconv.Itoa(i+1)
		}
		if step.Func != nil {
			add(name, "function")
			f.parts = append(f.parts, c.program("", c.Program)...)
			continue
		}
		add(name, quoted(step.Argv))
		if len(step.AllowIf) > 0 {
			add(name+"'s allow if", strconv.Itoa(step.AllowedCode)+" "+quoted(step.AllowIf))
		}
		f.parts = append(f.parts, c.program(t.Dir, step.Argv[0], visible...)...)
	}
	for _, name := range t.Programs {
		f.parts = append(f.parts, c.program(t.Dir, name, visible...)...)
	}
	add("directory", t.Dir)
	add("declared inputs", quoted(t.Inputs))
	add("declared outputs", quoted(t.Outputs))
	f.parts = append(f.parts, variables...)
	for _, n := range needed {
		add("what "+n.Task+" makes", n.Made)
	}
	if t.Engine {
		e, err := c.engine.ask(ctx, c.Engine)
		if err != nil {
			return f, err
		}
		add("engine", e.Version)
		images := t.Images
		if len(images) == 0 {
			images = sortedKeys(e.Images)
		}
		for _, image := range images {
			add("image "+image, cmp.Or(e.Images[tagged(image)], "none"))
		}
	}
	f.inputs, f.idle, err = c.tree.files(newSet(t.Inputs, outputs), true)
	return f, err
}

// quoted is what %q makes of a list.
func quoted(list []string) string {
	b := make([]byte, 0, 128)
	for i, text := range list {
		b = strconv.AppendQuote(append(b, " "[:min(i, 1)]...), text)
	}
	return "[" + string(b) + "]"
}

// visible are the variables of a task, NAME=value and as parts; most have the same.
func (c *Cache) visible(t *task.Task, environ []string) ([]string, []part) {
	if len(t.Env)+len(t.Set) > 0 || t.Engine {
		own := t.Environ(environ)
		return own, variables(own)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.base == nil {
		c.base = t.Environ(environ)
		c.variables = variables(c.base)
	}
	return c.base, c.variables
}

func variables(environ []string) (parts []part) {
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		parts = append(parts, part{"variable " + name, value})
	}
	return parts
}

// program is the file of a program: another version of it may find something else. Of
// one that is looked up in PATH it is asked once.
func (c *Cache) program(dir, name string, environ ...string) []part {
	if name == "" {
		return nil
	}
	if strings.ContainsAny(name, `/\`) {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(c.Root, filepath.FromSlash(dir), path)
		}
		return c.programAt(name, path)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	at := name
	if len(c.base) == 0 || len(environ) == 0 || &environ[0] != &c.base[0] { // other variables than most have
		at += "\x00" + strings.Join(environ, "\x00")
	}
	if known, ok := c.programs[at]; ok {
		return known
	}
	path, err := host.Find(name, environ)
	if err == nil {
		c.programs[at] = c.programAt(name, path)
	}
	return c.programs[at]
}

func (c *Cache) programAt(name, path string) []part {
	_, s, err := c.tree.content(path)
	if err != nil { // then it does not run either
		return nil
	}
	return []part{{"program " + name, path + " " + hex.EncodeToString(s[:8])}}
}

// key is the sum of all facts.
func (f facts) key() string {
	return summed(func(b []byte) []byte {
		for _, p := range f.parts {
			b = appendText(appendText(b, p.Name), p.Value)
		}
		return append(b, 0)
	}, f.inputs)
}

// rooms are what is summed is put together in.
var rooms = sync.Pool{New: func() any { b := make([]byte, 0, 1<<13); return &b }}

// summed is the sum of what begin appends, and of path, mode, link and content of files.
func summed(begin func([]byte) []byte, files []file) string {
	h := sha256.New()
	room := rooms.Get().(*[]byte) //nolint:forcetypeassert // it has nothing else
	defer rooms.Put(room)
	b := begin((*room)[:0])
	for _, f := range files {
		b = appendText(b, f.path)
		b = append(b, byte(f.mode), byte(f.mode>>8), byte(f.mode>>16), byte(f.mode>>24))
		b = appendText(b, f.link)
		b = append(b, f.sum[:]...)
		if len(b) > 1<<12 {
			_, _ = h.Write(b)
			b = b[:0]
		}
	}
	_, _ = h.Write(b)
	*room = b[:0]
	return hex.EncodeToString(h.Sum(nil))
}

// digest is what files come to.
func digest(files []file) string {
	return summed(func(b []byte) []byte { return b }, files)
}

// all are the facts by their names, as a record keeps them: values, which may be
// secrets, as the beginning of their sums.
func (f facts) all() map[string]string {
	out := make(map[string]string, len(f.parts)+len(f.inputs))
	for _, p := range f.parts {
		s := sha256.Sum256([]byte(p.Name + "\x00" + p.Value))
		out[p.Name] = hex.EncodeToString(s[:8])
	}
	for _, i := range f.inputs {
		text := strconv.FormatUint(uint64(i.mode), 8) + " " + hex.EncodeToString(i.sum[:8])
		if i.link != "" {
			text += " → " + i.link
		}
		out["input "+i.path] = text
	}
	return out
}

// changes says what is different between two sets of facts, inputs last.
func changes(old, now map[string]string) (told []string) {
	names := sortedKeys(now)
	for name := range old {
		if _, still := now[name]; !still {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if x, y := strings.HasPrefix(a, "input "), strings.HasPrefix(b, "input "); x != y {
			if x {
				return 1
			}
			return -1
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		was, before := old[name]
		is, still := now[name]
		switch {
		case !before:
			told = append(told, name+" is new")
		case !still:
			told = append(told, name+" is gone")
		case was != is && modeOnly(was, is):
			told = append(told, name+" has another mode")
		case was != is:
			told = append(told, name+" has changed")
		}
	}
	return told
}

func modeOnly(a, b string) bool {
	_, x, ok := strings.Cut(a, " ")
	_, y, _ := strings.Cut(b, " ")
	return ok && x == y
}

// few joins what there is to tell, and counts the rest.
func few(told []string, most int) string {
	if len(told) > most {
		return strings.Join(told[:most], ", ") + fmt.Sprintf(" and %d more", len(told)-most)
	}
	return strings.Join(told, ", ")
}
