package dotenv

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/secret"
)

// ResolveOptions is what Compose makes its variables of.
type ResolveOptions struct {
	Shell []string // NAME=value; of several of one name the last counts
	Files []File   // in the order of --env-file: a later one sees and replaces the earlier
	// Beside is the .env of the project directory, which Compose reads after that
	// of the working directory: it sees all the others, and replaces none.
	Beside []File
	// Implicit: Files are what Compose finds without being told, which it does not
	// take where they set COMPOSE_DISABLE_ENV_FILE: only their COMPOSE_… stay.
	Implicit bool
	// Defaults are of the layers ComposeDefault and PluginDefault, by variable;
	// they come last.
	Defaults map[string][]Setting
}

// File is an env file: its text, and its path as messages show it.
type File struct {
	Path string
	Text secret.String
}

// Resolution is what Compose fills variables in with, and why.
type Resolution struct {
	Variables []Resolved // of the files and the defaults, sorted by name; the shell's others are not listed
	values    map[string]held
}

// Resolve reads the files as the Compose CLI does, and says of each variable
// where its value comes from. What the CLI refuses is a Preflight failure with
// file and line, and without values. compose-go's dotenv decides the values;
// where our account of it differs from it, Resolve fails rather than tell a
// tale.
//
// The CLI reads the files three times, which shows in two ways. Variables
// called COMPOSE_… are exported after the first time, so that all other values
// refer to their last value, wherever they stand. And what was read is the
// environment that the files are read in the last time, which changes no value
// but may refuse a file: NAME=1, OTHER=${NAME:?}, NAME= is refused.
func Resolve(o ResolveOptions) (Resolution, error) {
	files := parseFiles(o.Files)
	shell := shellValues(o.Shell)
	first, err := files.read(shell)
	if err != nil {
		return Resolution{}, err
	}
	outer, err := export(shell, first)
	if err != nil {
		return Resolution{}, err
	}
	off, err := disabled(o, shell, outer)
	if err != nil {
		return Resolution{}, err
	}
	if off {
		files, o.Beside = nil, nil
	}
	second, err := files.read(outer)
	if err != nil {
		return Resolution{}, err
	}
	values := maps.Clone(second.values)
	maps.Copy(values, outer)
	beside, err := last(o, files, values)
	if err != nil {
		return Resolution{}, err
	}
	r := Resolution{values: values}
	for _, name := range names(o.Defaults, first, beside) {
		settings := second.settings[name]
		if isExported(name) {
			settings = first.settings[name]
		}
		settings = slices.Concat(beside.settings[name], settings)
		r.Variables = append(r.Variables, rank(name, shell, settings, o.Defaults[name]))
	}
	return r, nil
}

// last is the last time that Compose reads: the .env of the project directory,
// whose new variables are added to the values, or else the same files again.
func last(o ResolveOptions, files files, values map[string]held) (reading, error) {
	if len(o.Beside) == 0 {
		_, err := files.read(values)
		return reading{}, again(err)
	}
	beside, err := parseFiles(o.Beside).read(maps.Clone(values))
	for name, h := range beside.values {
		if _, isSet := values[name]; !isSet {
			values[name] = h
		}
	}
	return beside, err
}

// disableVariable has Compose read no .env.
const disableVariable = "COMPOSE_DISABLE_ENV_FILE"

// disabled: the files say of themselves that they are not to be read.
func disabled(o ResolveOptions, shell, outer map[string]held) (bool, error) {
	h, isSet := outer[disableVariable]
	if _, inShell := shell[disableVariable]; !o.Implicit || !isSet || inShell {
		return false, nil
	}
	off, err := strconv.ParseBool(h.value)
	if err != nil {
		return false, refuse(h.from, "%s is neither true nor false", disableVariable)
	}
	return off, nil
}

// Explain is what was said of one variable, whoever sets it.
func (r Resolution) Explain(name string) Resolved {
	i, found := slices.BinarySearchFunc(r.Variables, name, func(v Resolved, name string) int { return strings.Compare(v.Name, name) })
	if found {
		return r.Variables[i]
	}
	v := Resolved{Name: name}
	if h, ok := r.values[name]; ok {
		v.Winner = h.setting()
	}
	return v
}

// Reveal returns the variables that the shell and the files set, with their
// values: what Compose interpolates with. COMPOSE_PROJECT_NAME is added by
// Compose afterwards.
func (r Resolution) Reveal() map[string]string {
	values := make(map[string]string, len(r.values))
	for name, h := range r.values {
		values[name] = h.value
	}
	return values
}

func shellValues(pairs []string) map[string]held {
	values := map[string]held{}
	for _, pair := range pairs {
		if name, value, ok := strings.Cut(pair, "="); ok {
			values[name] = held{value, Origin{Layer: Shell}}
		}
	}
	return values
}

// isExported: the CLI puts these into its own environment.
func isExported(name string) bool { return strings.HasPrefix(name, "COMPOSE_") }

// export is the shell with the exported variables of a reading added.
func export(shell map[string]held, r reading) (map[string]held, error) {
	outer := maps.Clone(shell)
	for name, h := range r.values {
		if _, inShell := shell[name]; inShell || !isExported(name) {
			continue
		}
		if strings.ContainsRune(h.value, 0) {
			return nil, refuse(h.from, "%s has a NUL character, and Compose exports it", name)
		}
		outer[name] = h
	}
	return outer, nil
}

// names are those of the files and the defaults, sorted.
func names(defaults map[string][]Setting, readings ...reading) []string {
	list := slices.Collect(maps.Keys(defaults))
	for _, r := range readings {
		list = slices.AppendSeq(list, maps.Keys(r.settings))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// rank orders what is said of a variable. A bare name never wins: it repeats
// what the winner says.
func rank(name string, shell map[string]held, inFiles, defaults []Setting) Resolved {
	all := slices.Clone(inFiles)
	slices.Reverse(all)
	weaker := slices.SortedStableFunc(slices.Values(defaults), func(a, b Setting) int { return cmp.Compare(b.Layer, a.Layer) })
	all = append(all, weaker...)
	if h, ok := shell[name]; ok {
		all = slices.Insert(all, 0, h.setting())
	}
	v := Resolved{Name: name}
	if i := slices.IndexFunc(all, func(s Setting) bool { return !s.Bare }); i >= 0 {
		v.Winner = all[i]
		all = slices.Delete(all, i, i+1)
	}
	v.Losers = all
	return v
}
