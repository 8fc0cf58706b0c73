package environ

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Type is what a value has to look like; empty means any text.
type Type string

// The types, each written as an annotation of its name: [port].
const (
	Port     Type = "port"
	Host     Type = "host"
	URL      Type = "url"
	Bool     Type = "bool"
	Int      Type = "int"
	Duration Type = "duration"
	Path     Type = "path"
	Enum     Type = "enum"    // [enum debug|info|warn]
	Project  Type = "project" // the name of a Compose project, of which each environment has one
)

// Annotations is what the comment above a variable says of it.
type Annotations struct {
	Type       Type
	IsGuess    bool     // [port?]: the type is env:template's guess; what is of none is a warning
	Choices    []string // of an Enum
	Required   bool     // [required]: in every environment
	RequiredIn []string // [required in dev]: in these environments
	Secret     bool     // [secret]
	Generate   int      // [generate 24]: made by Create, so many characters; 0 means not
	UseInstead string   // [deprecated use X]: the variable that takes its place
}

// IsRequired reports whether the environment must give a value.
func (a Annotations) IsRequired(environment string) bool {
	return a.Required || slices.Contains(a.RequiredIn, environment)
}

// maxGenerate bounds what [generate N] may ask for, in characters.
const maxGenerate = 1024

// annotationForm takes any bracketed words that start with a letter, so that a
// misspelt [Secert] is an error and not prose; [::1] and [5432] are prose.
var annotationForm = lazyregexp.New(`\[([A-Za-z][^\[\]]*)\]`)

// annotate applies the annotations of one comment line and keeps the rest as
// description.
func (r *templateReader) annotate(v *Variable, comment dotenv.Entry) {
	text := strings.TrimLeft(strings.TrimSpace(comment.Text), "#")
	for _, match := range annotationForm.FindAllStringSubmatch(text, -1) {
		if err := v.apply(match[1]); err != nil {
			r.problem(comment.Line, err.Error())
		}
	}
	prose := strings.Fields(annotationForm.ReplaceAllString(text, " "))
	v.Description = strings.TrimSpace(v.Description + " " + strings.Join(prose, " "))
}

// apply reads one annotation: a word, then what it wants.
func (a *Annotations) apply(text string) error {
	word, argument, _ := strings.Cut(strings.TrimSpace(text), " ")
	word, isGuess := strings.CutSuffix(word, "?")
	apply, known := annotations[word]
	if _, isType := types[Type(word)]; isGuess && !isType {
		known = false
	}
	a.IsGuess = a.IsGuess || isGuess
	if known {
		return apply(a, strings.TrimSpace(argument))
	}
	if near := failure.Nearest(word, slices.Sorted(maps.Keys(annotations))); near != "" {
		return fmt.Errorf("unknown annotation [%s]; did you mean [%s]?", text, near)
	}
	return fmt.Errorf("unknown annotation [%s]; put prose in round brackets", text)
}

var annotations = map[string]func(*Annotations, string) error{
	"port":       plain(Port),
	"host":       plain(Host),
	"url":        plain(URL),
	"bool":       plain(Bool),
	"int":        plain(Int),
	"duration":   plain(Duration),
	"path":       plain(Path),
	"project":    plain(Project),
	"enum":       (*Annotations).enum,
	"required":   (*Annotations).required,
	"secret":     (*Annotations).secret,
	"generate":   (*Annotations).generate,
	"deprecated": (*Annotations).deprecated,
}

func plain(t Type) func(*Annotations, string) error {
	return func(a *Annotations, argument string) error {
		if argument != "" {
			return fmt.Errorf("[%s] takes no argument", t)
		}
		return a.setType(t)
	}
}

func (a *Annotations) setType(t Type) error {
	if a.Type != "" {
		return fmt.Errorf("[%s] after [%s]: a variable has one type", t, a.Type)
	}
	a.Type = t
	return nil
}

func (a *Annotations) enum(argument string) error {
	for choice := range strings.SplitSeq(argument, "|") {
		choice = strings.TrimSpace(choice)
		if choice == "" {
			return errors.New("[enum] wants its values, as in [enum debug|info|warn]")
		}
		a.Choices = append(a.Choices, choice)
	}
	return a.setType(Enum)
}

func (a *Annotations) required(argument string) error {
	words := strings.Fields(argument)
	if len(words) == 0 {
		a.Required = true
		return nil
	}
	if words[0] != "in" || len(words) == 1 || slices.ContainsFunc(words[1:], notName) {
		return errors.New("[required] wants nothing or environments, as in [required in dev]")
	}
	a.RequiredIn = append(a.RequiredIn, words[1:]...)
	return nil
}

func notName(word string) bool { return !isName(word) }

func (a *Annotations) secret(argument string) error {
	if argument != "" {
		return errors.New("[secret] takes no argument")
	}
	a.Secret = true
	return nil
}

func (a *Annotations) generate(argument string) error {
	n, err := strconv.Atoi(argument)
	if err != nil || n < 1 || n > maxGenerate {
		return fmt.Errorf("[generate] wants a length from 1 to %d, as in [generate 24]", maxGenerate)
	}
	a.Generate = n
	return nil
}

func (a *Annotations) deprecated(argument string) error {
	name, found := strings.CutPrefix(argument, "use ")
	if name = strings.TrimSpace(name); !found || !dotenv.IsShellName(name) {
		return errors.New("[deprecated] wants what to use, as in [deprecated use POSTGRES_HOST]")
	}
	a.UseInstead = name
	return nil
}
