package environ

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// parseTemplate reads what can be read. A template that somebody is editing, or
// that Git could not merge, still marks its secrets: where something is wrong,
// the variables there are secrets as well, for their marks may be what is spoilt.
func parseTemplate(file, text string) Template {
	r := templateReader{file: file, seen: map[string]int{}}
	r.template.Document = dotenv.Parse(text)
	for _, entry := range r.template.Document.Entries {
		r.read(entry)
	}
	if len(r.problems) > 0 {
		r.template.err = failure.New(failure.Preflight, "%s", r.problems[0]).
			WithDetails(r.problems[1:]...).WithHint("correct %s", file)
		r.markAll()
	}
	return r.template
}

// markAll: a variable on two lines is a secret if either says so.
func (r *templateReader) markAll() {
	secrets := map[string]bool{}
	for _, v := range r.template.Variables {
		secrets[v.Name] = secrets[v.Name] || v.IsSecret()
	}
	for i, v := range r.template.Variables {
		r.template.Variables[i].Secret = secrets[v.Name]
	}
}

// lostName is where the name of a variable would be in a line that has none.
var lostName = lazyregexp.New(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*[=:]`)

// lost takes the variable of a spoilt line for a secret.
func (r *templateReader) lost(line int, text string) {
	if match := lostName.FindStringSubmatch(text); match != nil {
		r.template.Variables = append(r.template.Variables, Variable{Name: match[1], Line: line, Annotations: Annotations{Secret: true}})
	}
}

// swallowed finds variables with annotations inside a value: a quote is missing
// above them.
func (r *templateReader) swallowed(e dotenv.Entry) {
	lines := strings.Split(e.ValueText(), "\n")
	marked, named := false, false
	for _, line := range lines[1:] {
		named = named || marked && lostName.MatchString(line)
		marked = strings.HasPrefix(line, "#") && (marked || annotationForm.MatchString(line))
	}
	if !named {
		return
	}
	r.problem(e.Line, "a quote is missing: annotations are in "+dotenv.ValueOf(e.Name))
	for i, line := range lines[1:] {
		r.lost(e.Line+i+1, line)
	}
}
