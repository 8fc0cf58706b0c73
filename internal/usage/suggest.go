package usage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// synonyms are what other tools call what a target of ours does.
var synonyms = map[string][]string{
	"infra:status": {"ps", "ls", "list", "state"}, "infra:up": {"create", "run", "launch"}, "infra:down": {"destroy", "rm", "remove", "delete", "kill"},
	"infra:logs": {"log", "tail"}, "infra:exec": {"ssh", "attach"}, "infra:shell": {"sh", "bash", "enter"}, "infra:stats": {"top"},
	"infra:restart": {"reload"}, "infra:psql": {"postgres", "pg"}, "infra:redis": {"cli"}, "infra:cypher": {"neo4j"},
	"infra:dump": {"backup", "export"}, "infra:import": {"restore", "load"}, "build:all": {"build", "images"}, "build:scan": {"cve"},
	"env:use": {"switch", "select", "checkout"}, "env:show": {"get", "vars", "print"}, "env:set": {"put", "add"}, "env:check": {"validate", "lint"},
	"deploy:to": {"deploy", "push", "ship", "release"}, "deploy:rollback": {"revert", "undo"}, "dev:watch": {"watch"},
	"plugin:add": {"install"}, "plugin:remove": {"uninstall"}, "clean:all": {"prune", "purge"},
}

func refuse(format string, args ...any) *failure.Error {
	f := failure.New(failure.Usage, format, args...)
	f.Message += ": nothing was run"
	return f
}

func help(target string) string { return "mage -h " + target }

// knows refuses a subject of help that is neither a target nor a namespace.
func (c *reader) knows(subject string) error {
	if subject == "" || c.Find(subject) != nil || len(c.in(subject)) > 0 {
		return nil
	}
	return c.unknown(nil)
}

// unknown refuses the next word, which is none of a target; it stands behind
// last, or first.
func (c *reader) unknown(last *Target) error {
	word := c.peek()
	near := c.near(word)
	if last != nil && !strings.Contains(word, ":") && !strings.HasPrefix(word, "-") {
		if f := c.misplaced(last, word); f != nil {
			return f
		}
	}
	f := refuse("there is no target %q", word)
	if list := c.in(word); len(list) > 0 && word != "" {
		return f.WithDetails(fmt.Sprintf("it is a namespace, with %d targets", len(list))).WithHint("%s", help(word))
	}
	if len(near) > 0 {
		f.WithDetails("did you mean " + names(near) + "?")
	}
	if last != nil && len(near) == 0 {
		f.WithDetails("what " + last.Name + " takes: " + last.Usage())
	}
	switch {
	case len(near) == 1:
		return f.WithDetails(near[0].Usage()).WithHint("%s", help(near[0].Name))
	case c.namespaceOf(word) != "":
		return f.WithHint("%s", help(c.namespaceOf(word)))
	}
	return f.WithHint("mage -l lists the targets")
}

// misplaced says where a word belongs that stands behind a target without its
// flag; nil where it is no such word.
func (c *reader) misplaced(t *Target, word string) error {
	if line := c.commandLine(t); line != "" {
		return refuse("%s takes the command as one word", t.Name).WithDetails(t.Usage()).WithHint("mage %s", line)
	}
	if t.flag("services") == nil || len(c.exactly(word)) > 0 || word == "" {
		return nil
	}
	var services []string
	for c.more() && !strings.ContainsAny(c.peek(), ":-=") && c.Find(c.peek()) == nil {
		services = append(services, c.words[c.at])
		c.at++
	}
	if len(services) == 0 {
		return nil
	}
	flag := "-services=" + shellWord(strings.Join(services, ","))
	return refuse("%s takes no argument %q", t.Name, word).
		WithDetails("did you mean "+flag+"?", t.Usage()).WithHint("mage %s %s", t.Name, flag)
}

// commandLine is a call of a target whose last argument is a command, with all
// the words that follow as that argument; "" where there is no such argument.
func (c *reader) commandLine(t *Target) string {
	n := len(t.Arguments)
	if n == 0 || !slices.Contains([]string{"command", "cmd"}, t.Arguments[n-1].Name) {
		return ""
	}
	begin := slices.IndexFunc(c.words, func(w string) bool { return c.Find(w) == t })
	words := slices.DeleteFunc(slices.Clone(c.words[begin+1:]), func(w string) bool { return w == "--" })
	if len(words) < n {
		return ""
	}
	parts := []string{t.Name}
	for _, w := range words[:n-1] {
		parts = append(parts, shellWord(w))
	}
	return strings.Join(append(parts, shellWord(strings.Join(words[n-1:], " "))), " ")
}

// noFlag refuses a flag that a target has not.
func (c *reader) noFlag(t *Target, word string, begin int) error {
	if c.at > begin && isFlag(word) && len(t.Flags) == 0 {
		if line := c.commandLine(t); line != "" {
			return refuse("%s has no flags, and takes the command as one word", t.Name).WithDetails(t.Usage()).WithHint("mage %s", line)
		}
	}
	name, _, _ := strings.Cut(word, "=")
	name = "-" + strings.TrimLeft(name, "-")
	f := refuse("%s has no flag %s", t.Name, name)
	var flags []string
	for _, flag := range t.Flags {
		flags = append(flags, flag.Name)
	}
	if near := failure.Nearest(strings.TrimLeft(name, "-"), flags); near != "" {
		f.WithDetails("did you mean -" + near + "?")
	}
	return f.WithDetails(t.Usage()).WithHint("%s", help(t.Name))
}

// leadingFlag refuses a flag before every target.
func (c *reader) leadingFlag(word string) error {
	name, _, _ := strings.Cut(word, "=")
	return refuse("%s stands before a target", name).WithDetails("flags come behind the target: mage TARGET " + name).WithHint("mage -l lists the targets")
}

// near are the targets that a word may mean, the likeliest: one of that name in
// some namespace, one that other tools call so, one that a slip of the fingers
// makes of it.
func (c *reader) near(word string) []Target {
	word = strings.ToLower(word)
	if list := c.exactly(word); len(list) > 0 {
		return list
	}
	namespace, own, qualified := strings.Cut(word, ":")
	if !qualified {
		own = word
	}
	var list []Target
	for _, t := range c.Targets {
		if slices.Contains(synonyms[t.Name], own) && (!qualified || strings.EqualFold(t.Namespace(), namespace)) {
			list = append(list, t)
		}
	}
	if len(list) > 0 {
		return list
	}
	if qualified {
		return c.nearIn(c.in(c.namespaceOf(word)), own)
	}
	var keys []string
	for _, t := range c.Targets {
		keys = append(keys, t.own())
	}
	near := failure.Nearest(word, keys)
	if t := c.Find(near); t != nil {
		return []Target{*t}
	}
	return c.exactly(near)
}

// nearIn is the target of a list that a name within its namespace may mean.
func (c *reader) nearIn(list []Target, name string) []Target {
	var keys []string
	for _, t := range list {
		keys = append(keys, t.own())
	}
	if near := failure.Nearest(name, keys); near != "" {
		return list[slices.Index(keys, near):][:1]
	}
	return nil
}

// own is the name within the namespace, in small letters.
func (t Target) own() string { return strings.ToLower(t.Name[strings.LastIndexByte(t.Name, ':')+1:]) }

// exactly are the targets of which a word is the name within a namespace.
func (c *reader) exactly(word string) (list []Target) {
	for _, t := range c.Targets {
		if word != "" && t.own() == strings.ToLower(word) {
			list = append(list, t)
		}
	}
	return list
}

// namespaceOf is the namespace that a word names before its colon, if there is
// one, with a slip of the fingers mended.
func (c *reader) namespaceOf(word string) string {
	before, _, _ := strings.Cut(strings.ToLower(word), ":")
	var all []string
	for _, t := range c.Targets {
		if n := strings.ToLower(t.Namespace()); n != "" && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return failure.Nearest(before, all)
}

func names(list []Target) string {
	var all []string
	for _, t := range list {
		all = append(all, t.Name)
	}
	if len(all) == 1 {
		return all[0]
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

// shellWord is a word as a shell takes it for one.
func shellWord(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n'\"`$\\!*?[](){}<>|&;#~") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
