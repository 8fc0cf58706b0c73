// Package dockerfile reads a Dockerfile with BuildKit's own parser and says
// what a build of it comes from: the images behind a target and the stages it
// needs, what is fetched from elsewhere, the arguments that it declares. It is
// pure: it reads no file and asks no registry. Of Spellbook it imports failure.
package dockerfile

import (
	"bytes"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// File is a Dockerfile that was read. It is never changed, so that several
// goroutines may ask it at once.
type File struct {
	name   string
	text   []byte
	escape rune
	stages []instructions.Stage
	// globals are the ARGs before the first FROM: FROM sees no others.
	globals []instructions.ArgCommand
	// triggers are what ONBUILD lays upon a stage made from this one, by the
	// stage's index.
	triggers map[int][]instructions.Command
}

// Parse reads a Dockerfile; name is how errors call it. The error is one
// failure.Preflight: NAME:LINE: what is wrong, with the text of the line and
// a hint.
func Parse(name string, text []byte) (*File, error) {
	f := &File{name: name, text: text}
	tree, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, f.misread(err)
	}
	f.escape = tree.EscapeToken
	if f.stages, f.globals, err = instructions.Parse(tree.AST, nil); err != nil {
		return nil, f.misread(err)
	}
	if len(f.stages) == 0 {
		// Not a courtesy alone: the BuildKit in Docker 20.10 panics at such a
		// file, and takes the engine with it.
		return nil, f.mistake(lineOf(tree.AST.Location()), "no FROM, so there is nothing to build").
			WithHint("add a line FROM image after the ARGs of %s", name)
	}
	if f.triggers, err = triggers(f.stages); err != nil {
		return nil, f.misread(err)
	}
	return f, nil
}

// Stages are the names of the stages in order, in lower case as BuildKit
// knows them; "" where a stage has none, and is called by its index.
func (f *File) Stages() []string {
	var names []string
	for _, s := range f.stages {
		names = append(names, s.Name)
	}
	return names
}

// Syntax is the frontend of a "# syntax=" directive; "" where there is none.
// A frontend other than docker/dockerfile may read the file in its own way.
func (f *File) Syntax() string {
	syntax, _, _, _ := parser.DetectSyntax(f.text)
	return syntax
}

// Foreign is the frontend of a text's "# syntax=" directive that may read another
// language than Parse: any but docker/dockerfile, and its labs channel. "" where there
// is none.
func Foreign(text []byte) string {
	syntax, _, _, _ := parser.DetectSyntax(text)
	named, err := reference.ParseNormalizedNamed(syntax)
	if err != nil || strings.HasPrefix(reference.FamiliarName(named), "docker/dockerfile") && !strings.HasSuffix(syntax, "labs") {
		return ""
	}
	return syntax
}

// Frontend is the image that reads the file: what the argument BUILDKIT_SYNTAX
// names, else its "# syntax=". It is "" where the builder reads it itself, or a
// named context takes the image's place.
func (f *File) Frontend(o Options) string {
	image := f.Syntax()
	if given, is := o.Args["BUILDKIT_SYNTAX"]; is {
		image, _, _ = strings.Cut(strings.TrimSpace(given), " ")
	}
	if _, replaced := o.Contexts[named(image)]; image == "" || replaced || !valid(image) {
		return ""
	}
	return familiar(image)
}

// Declared are the names of all ARGs of the file, sorted. A build argument
// that is none of them nor Predefined does nothing.
func (f *File) Declared() []string {
	var names []string
	for i := range f.globals {
		names = append(names, declared(&f.globals[i])...)
	}
	for i, s := range f.stages {
		for _, c := range slices.Concat(s.Commands, f.triggers[i]) {
			names = append(names, declared(c)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// declared are the names of an ARG.
func declared(c instructions.Command) []string {
	var names []string
	if arg, ok := c.(*instructions.ArgCommand); ok {
		for _, a := range arg.Args {
			names = append(names, a.Key)
		}
	}
	return names
}

// Predefined reports whether BuildKit knows a build argument without an ARG:
// proxies, the platforms, SOURCE_DATE_EPOCH and all that begins with BUILDKIT_.
func Predefined(name string) bool {
	switch strings.ToLower(name) {
	case "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy":
		return true
	}
	return name == "SOURCE_DATE_EPOCH" || strings.HasPrefix(name, "BUILDKIT_") || slices.Contains(platformNames(), name)
}
