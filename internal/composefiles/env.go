package composefiles

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/consts"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// envFilesVariable names env files in the shell; in an env file it names none.
const envFilesVariable = "COMPOSE_ENV_FILES"

// defaultName is the env file that Compose finds by itself.
const defaultName = ".env"

// ShellDecides reports whether the shell has Compose read other env files than
// the active environment's, or none.
func ShellDecides(shell dotenv.Lookup) bool {
	off, err := disabled(shell)
	return off || err != nil || len(fromShell(shell)) > 0
}

// fromShell are the env files that COMPOSE_ENV_FILES in the shell names, as it
// does. They are read in place of any .env.
func fromShell(lookup dotenv.Lookup) []string {
	value, _ := lookup(envFilesVariable)
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
}

// disabled reports whether the shell has Compose read no .env.
func disabled(lookup dotenv.Lookup) (bool, error) {
	value, ok := lookup(consts.ComposeDisableDefaultEnvFile)
	if !ok {
		return false, nil
	}
	off, err := strconv.ParseBool(value)
	if err != nil {
		return false, failure.New(failure.Preflight, "%s is neither true nor false, and Compose refuses it", consts.ComposeDisableDefaultEnvFile).
			WithHint("export %s=true, or: unset %s", consts.ComposeDisableDefaultEnvFile, consts.ComposeDisableDefaultEnvFile)
	}
	return off, nil
}

// envFiles are those of COMPOSE_ENV_FILES, else those of the Layout and the link.
func (s *Set) envFiles(p Place, lookup dotenv.Lookup, instead bool) error {
	named := fromShell(lookup)
	if s.Explicit = len(named) > 0; s.Explicit {
		return s.named(p, named)
	}
	off, err := disabled(lookup)
	if err != nil {
		return err
	}
	s.Explicit = len(p.EnvFiles) > 0 || p.Named
	for _, path := range p.EnvFiles {
		if !isFile(path) {
			return failure.New(failure.Preflight, "env file %s is not there", p.Show(path)).WithHint("correct Layout.EnvFiles in the magefile")
		}
		s.Env = append(s.Env, EnvFile{path, p.Show(path)})
	}
	if instead || isFile(p.Link) && (s.Explicit || !off) {
		s.Env = append(s.Env, EnvFile{p.Link, cmp.Or(p.Shown, p.Show(p.Link))})
	}
	return nil
}

func (s *Set) named(p Place, named []string) error {
	for _, name := range named {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(p.Dir, path)
		}
		if !exists(path) {
			return failure.New(failure.Preflight, "%s, set by the shell, names %q, which is not in %s", envFilesVariable, name, p.Dir).
				WithHint("correct it (a comma parts the paths, without spaces), or: unset %s", envFilesVariable)
		}
		s.Env = append(s.Env, EnvFile{path, p.Show(path)})
	}
	return nil
}

// isFile: a directory called .env is none, and a FIFO is one.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// beside finds the .env of the project directory, which Compose reads after the
// one in the working directory.
func (s *Set) beside(p Place, lookup dotenv.Lookup) error {
	off, err := disabled(lookup)
	if err != nil || off || s.Explicit || len(s.Files) == 0 {
		return err
	}
	path := filepath.Join(filepath.Dir(s.Files[0]), defaultName)
	if path == filepath.Join(p.Dir, defaultName) || !isFile(path) || slices.ContainsFunc(s.Env, func(f EnvFile) bool { return same(f.Path, path) }) {
		return nil
	}
	if len(s.Env) == 0 {
		s.Env = []EnvFile{{path, p.Show(path)}}
		return nil
	}
	s.Beside = EnvFile{path, p.Show(path)}
	return nil
}

func same(a, b string) bool {
	first, err := os.Stat(a)
	second, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(first, second)
}

// Paths are all the env files that are read, the weakest first.
func (s Set) Paths() (paths []string) {
	if s.Beside.Path != "" {
		paths = append(paths, s.Beside.Path)
	}
	for _, f := range s.Env {
		paths = append(paths, f.Path)
	}
	return paths
}

// variables are what Compose reads before it looks for Compose files.
type variables struct {
	files, separator string
	isSet            bool
	by               string // who sets files
}

// variables reads what the shell says, and where that says nothing of the files,
// what the env files do.
func (s *Set) variables(shell []string, instead *string) (variables, error) {
	v := variables{by: dotenv.Shell.String()}
	lookup := lookupIn(shell)
	v.files, v.isSet = lookup(consts.ComposeFilePath)
	v.separator, _ = lookup(consts.ComposePathSeparator)
	if text, err := s.mention(instead, consts.ComposeFilePath, consts.ComposePathSeparator); err != nil || !text {
		return v.withSeparator(), err
	}
	found, err := s.resolved(dotenv.ResolveOptions{Shell: shell}, instead)
	if err != nil {
		return v, err
	}
	s.known = &found
	values := found.Reveal()
	if !v.isSet {
		v.files, v.isSet = values[consts.ComposeFilePath]
		v.by = found.Explain(consts.ComposeFilePath).Winner.String()
	}
	v.separator = values[consts.ComposePathSeparator]
	return v.withSeparator(), nil
}

func (v variables) withSeparator() variables {
	if v.separator == "" {
		v.separator = string(os.PathListSeparator)
	}
	return v
}

// mention spares most env files the reading for the names alone.
func (s *Set) mention(instead *string, names ...string) (bool, error) {
	for i := range s.Env {
		text, err := s.text(i, instead)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(text.Reveal(), name) }) {
			return true, nil
		}
	}
	return false, nil
}

// text is that of an env file; instead is the last one's.
func (s *Set) text(i int, instead *string) (secret.String, error) {
	if i == len(s.Env)-1 && instead != nil {
		return secret.New(*instead), nil
	}
	return s.Env[i].text()
}

func (f EnvFile) text() (secret.String, error) {
	text, err := environ.ReadFile(f.Path)
	if err != nil {
		return secret.String{}, environ.Unreadable(f.Shown, err)
	}
	return secret.New(string(text)), nil
}

func lookupIn(shell []string) dotenv.Lookup {
	return func(name string) (string, bool) {
		for _, pair := range slices.Backward(shell) {
			if value, found := strings.CutPrefix(pair, name+"="); found {
				return value, true
			}
		}
		return "", false
	}
}
