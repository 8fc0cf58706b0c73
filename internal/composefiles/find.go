// Package composefiles says what Docker Compose reads at a place: which Compose
// files, in which order, and which env files, by the rules of compose v5.6.0
// (cmd/compose/compose.go, pkg/compose/loader.go) and compose-go's cli package,
// and where this repository's own files come in between. It works for any
// directory and any shell, which come in as values, where that package asks the
// process. It reads env files, and may import dotenv, environ and the leaves
// failure and secret.
package composefiles

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/consts"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// Place is a directory where `docker compose` is called, and what the repository
// says of its files. Paths are absolute.
type Place struct {
	Dir      string   // COMPOSE_FILE and COMPOSE_ENV_FILES are relative to it
	Base     string   // the directory of the base file, where nothing names files
	Files    []string // Compose files as by -f: COMPOSE_FILE says nothing then
	EnvFiles []string // env files as by --env-file, weaker than Link
	Link     string   // the env file of the active environment, there or not
	Shown    string   // Link as messages have it; as Show says where it is empty
	Named    bool     // Link is as by --env-file too: Compose does not find it by itself
	// Meant: Link is the file that somebody asked for, whatever env files the shell
	// has Compose read.
	Meant bool
	// Add has the stems of the files of Base that are read besides, in order:
	// docker-compose.backend.
	Add []string
	// Show is a path as messages have it.
	Show func(path string) string
}

// Set is what is read. Paths are absolute.
type Set struct {
	Dir   string   // where Compose is called
	Files []string // Compose files in the order in which they are merged
	// NamedBy says where COMPOSE_FILE is set: "shell", or file and line; "" where
	// the files were found.
	NamedBy string
	// Own are those of Files that neither COMPOSE_FILE nor Compose finds: Place.Add.
	Own []string
	// Ignored is the override beside the base file where COMPOSE_FILE names that
	// alone, so that Compose does not look for it; "" where there is none.
	Ignored string
	// Env are the env files in the order of --env-file: a later one wins.
	Env []EnvFile
	// Beside is the .env of the project directory, which is weaker than all of
	// Env; empty where it is not read, or is one of these.
	Beside EnvFile
	// Explicit: Env is what the shell or the Layout names, as by --env-file.
	Explicit bool
	Warnings []string // what Compose warns of

	known *dotenv.Resolution // of Env alone, where it had to be read
}

// EnvFile is an env file, and its path as messages have it.
type EnvFile struct{ Path, Shown string }

// Find says what is read at a place with the shell's variables, NAME=value.
// instead is the text to take for that of the link, nil for its own.
func Find(p Place, shell []string, instead *string) (Set, error) {
	s := Set{Dir: p.Dir}
	lookup := lookupIn(shell)
	if p.Meant {
		lookup = func(string) (string, bool) { return "", false }
	}
	if err := s.envFiles(p, lookup, instead != nil); err != nil {
		return s, err
	}
	if err := s.composeFiles(p, shell, instead); err != nil {
		return s, err
	}
	s.add(p)
	return s, s.beside(p, lookup)
}

// Base is the base file of a directory: the first of the names that Compose
// looks for. Whatever else Compose would find there is no base.
func Base(dir string) (path string, ok bool) {
	for _, path := range there(dir, cli.DefaultFileNames) {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, true
		}
	}
	return "", false
}

// Stem is the file of a directory that is called so, with either ending.
func Stem(dir, stem string) (path string, ok bool) {
	for _, path := range there(dir, []string{stem + ".yml", stem + ".yaml"}) {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, true
		}
	}
	return "", false
}

func there(dir string, names []string) (paths []string) {
	for _, name := range names {
		if path := filepath.Join(dir, name); exists(path) {
			paths = append(paths, path)
		}
	}
	return paths
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// composeFiles are those that the Layout, or else COMPOSE_FILE names, or else
// the base file and its override.
func (s *Set) composeFiles(p Place, shell []string, instead *string) error {
	if len(p.Files) > 0 {
		s.Files = slices.Clone(p.Files)
		for _, path := range s.Files {
			if _, err := os.Stat(path); err != nil {
				return failure.New(failure.Preflight, "compose file %s: %w", path, err).WithHint("correct Layout.Files in the magefile")
			}
		}
		return nil
	}
	named, err := s.variables(shell, instead)
	if err != nil {
		return err
	}
	if named.isSet {
		s.NamedBy = named.by
		return s.fromVariable(p, named)
	}
	return s.discover(p)
}

// discover takes the first base file of the directory, and the first override.
func (s *Set) discover(p Place) error {
	bases := there(p.Base, cli.DefaultFileNames)
	if len(bases) == 0 {
		return failure.New(failure.Preflight, "no Compose file in %s", p.Base).
			WithHint("write %s, or set Layout.ComposeDir in the magefile", p.Show(filepath.Join(p.Base, "docker-compose.yml")))
	}
	s.choose(p, "config", bases)
	if overrides := there(p.Base, cli.DefaultOverrideFileNames); len(overrides) > 0 {
		s.choose(p, "override", overrides)
	}
	return s.regular(p, "")
}

// choose takes the first one, and warns of the others as Compose does.
func (s *Set) choose(p Place, kind string, candidates []string) {
	s.Files = append(s.Files, candidates[0])
	if len(candidates) == 1 {
		return
	}
	var shown []string
	for _, c := range candidates {
		shown = append(shown, p.Show(c))
	}
	s.Warnings = append(s.Warnings, "found multiple "+kind+" files with supported names: "+strings.Join(shown, ", ")+"; using "+shown[0])
}

// regular refuses what is no file, as Compose does.
func (s *Set) regular(p Place, by string) error {
	for _, path := range s.Files {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return failure.New(failure.Preflight, "%s is a directory, and Compose takes it for a Compose file%s", p.Show(path), by).
				WithHint("call the directory otherwise, or name the files in COMPOSE_FILE")
		}
	}
	return nil
}

// fromVariable splits COMPOSE_FILE as Compose does: an empty part is the working
// directory, which is no file.
func (s *Set) fromVariable(p Place, v variables) error {
	by, hint := v.by, "correct COMPOSE_FILE in "+v.by
	if by == dotenv.Shell.String() {
		by, hint = "the shell", "correct COMPOSE_FILE in the shell, or: unset COMPOSE_FILE"
	}
	for _, name := range strings.Split(v.files, v.separator) {
		switch {
		case name == "":
			return failure.New(failure.Preflight, "COMPOSE_FILE, set by %s, has an empty path, which Compose takes for the directory", by).WithHint("%s", hint)
		case name == "-" || isRemote(name):
			return failure.New(failure.Preflight, "COMPOSE_FILE, set by %s, names %s, which is no file of this machine", by, name).
				WithHint("docker compose config writes it down as a file; name that")
		}
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(p.Dir, path)
		}
		info, err := os.Stat(path)
		if err != nil {
			return failure.New(failure.Preflight, "COMPOSE_FILE, set by %s, names %s, which is not in %s", by, name, p.Dir).WithHint("%s", hint)
		}
		if !info.Mode().IsRegular() {
			return failure.New(failure.Preflight, "COMPOSE_FILE, set by %s, names %s, which is no file", by, name).WithHint("%s", hint)
		}
		s.Files = append(s.Files, path)
	}
	return nil
}

// isRemote: what Compose's loaders for git and OCI take.
func isRemote(name string) bool {
	return slices.ContainsFunc([]string{"oci://", "git@", "git://", "https://", "http://", "ssh://", "github.com/"},
		func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// add puts the repository's own files behind the base file that they are for,
// where they are not named already. An earlier one of Add goes before a later
// one.
func (s *Set) add(p Place) {
	base, ok := Base(p.Base)
	if len(p.Files) > 0 || !ok || !slices.Contains(s.Files, base) {
		return
	}
	at := len(s.Files)
	for _, stem := range slices.Backward(p.Add) {
		path, ok := Stem(p.Base, stem)
		if !ok {
			continue
		}
		if i := slices.Index(s.Files, path); i >= 0 {
			at = i
			continue
		}
		s.Files, s.Own = slices.Insert(s.Files, at, path), append(s.Own, path)
	}
	if overrides := there(p.Base, cli.DefaultOverrideFileNames); len(overrides) > 0 && !slices.Contains(s.Files, overrides[0]) {
		s.Ignored = overrides[0]
	}
}

// Value is what COMPOSE_FILE has to be so that Compose reads these files.
func (s Set) Value() string {
	var names []string
	for _, path := range s.Files {
		if rel, err := filepath.Rel(s.Dir, path); err == nil && filepath.IsLocal(rel) {
			path = filepath.ToSlash(rel)
		}
		names = append(names, path)
	}
	return strings.Join(names, string(os.PathListSeparator))
}

// ByItself reports whether the Compose CLI has to find the env files by itself,
// in Dir, because no --env-file comes to the same; off is whether a file among
// them sets COMPOSE_DISABLE_ENV_FILE.
func (s Set) ByItself(off bool) bool { return !s.Explicit && (off || s.Beside.Path != "") }

// FindsEnv reports whether the Compose CLI, told the Compose files alone, finds the
// one env file that there is: as in a plain call no label says where.
func (s Set) FindsEnv() bool {
	path := filepath.Join(s.Dir, defaultName)
	return !s.Explicit && len(s.Env) == 1 && s.Env[0].Path == path && len(s.Files) > 0 && filepath.Dir(s.Files[0]) == s.Dir
}

// ByEnvironment tells the Compose CLI its files where it is called without -f:
// by COMPOSE_FILE, with a separator that no path has.
func ByEnvironment(files []string) []string {
	return []string{consts.ComposePathSeparator + "=\n", consts.ComposeFilePath + "=" + strings.Join(files, "\n")}
}

// Resolve says of every variable where its value comes from. o has the shell and
// the defaults; instead is that of Find.
func (s Set) Resolve(o dotenv.ResolveOptions, instead *string) (dotenv.Resolution, error) {
	if s.Beside.Path != "" {
		text, err := s.Beside.text()
		if err != nil {
			return dotenv.Resolution{}, err
		}
		o.Beside = []dotenv.File{{Path: s.Beside.Shown, Text: text}}
	} else if s.known != nil && o.Defaults == nil {
		return *s.known, nil
	}
	return s.resolved(o, instead)
}

// resolved is without Beside.
func (s Set) resolved(o dotenv.ResolveOptions, instead *string) (dotenv.Resolution, error) {
	for i, f := range s.Env {
		text, err := s.text(i, instead)
		if err != nil {
			return dotenv.Resolution{}, err
		}
		o.Files = append(o.Files, dotenv.File{Path: f.Shown, Text: text})
	}
	o.Implicit = !s.Explicit
	return dotenv.Resolve(o)
}
