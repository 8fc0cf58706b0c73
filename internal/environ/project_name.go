package environ

import (
	"maps"
	"slices"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// ProjectVariable is where Compose reads the project's name from, before the
// name that its files give.
const ProjectVariable = "COMPOSE_PROJECT_NAME"

// projectForm is what Compose takes for a project's name.
var projectForm = lazyregexp.New(`^[a-z0-9][a-z0-9_-]*$`)

// IsProject reports whether a text can be the name of a Compose project.
func IsProject(value string) bool { return projectForm.MatchString(value) }

// Project is the project's name that the environment's file gives, or "".
func (e Environment) Project(shell dotenv.Lookup) string { return e.Values(shell)[ProjectVariable] }

// Naming is what the name of a new environment's project depends on.
type Naming struct {
	Environment string
	// Files is what the Compose files call the project, ForThis what they call
	// it together with the overlay of this environment.
	Files, ForThis string
	// Others are the names of the other environments' projects.
	Others []string
	// InUse: there is a stack of the name Files.
	InUse bool
}

// Name is the project's name of a new environment. What the overlay calls it
// stays; a stack that is there already, and no other environment's, is gone on
// with; any other is called as the files say, and as the environment is.
func (n Naming) Name() string {
	switch {
	case n.ForThis != n.Files:
		return n.ForThis
	case n.InUse && !slices.Contains(n.Others, n.Files):
		return n.Files
	}
	return n.Files + "-" + n.Environment
}

// Giving is the template, which file names in messages, with these values
// instead of its own. A variable that it does not have becomes a line at its end.
func (t Template) Giving(file string, values map[string]string) (Template, error) {
	doc := t.Document
	for _, name := range slices.Sorted(maps.Keys(values)) {
		next, err := dotenv.Set(doc, name, values[name])
		if err != nil {
			return Template{}, err
		}
		doc = next
	}
	return ParseTemplate(file, doc.String())
}

// ProjectVariables are those that the template says are a project's name.
func (t Template) ProjectVariables() (names []string) { return t.ofType(Project) }
