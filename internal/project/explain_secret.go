package project

import (
	"cmp"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// word is a part of a text that every way of quoting leaves as it is.
var word = lazyregexp.New(`[\pL\pN]+`)

// hide masks what a message shows of secrets: compose-go quotes the value that
// does not fit, at times escaped or only a part of it. What stands in the
// Compose files themselves is no secret.
func (l *locator) hide(text string) string {
	values := l.secretValues()
	for _, value := range values {
		if len(value) >= shortestWhole && !l.written(value) {
			text = strings.ReplaceAll(text, value, secret.Mask)
		}
	}
	return word.ReplaceAllStringFunc(text, func(part string) string {
		if len(part) < shortestPart || !slices.ContainsFunc(values, func(value string) bool { return strings.Contains(value, part) }) || l.written(part) {
			return part
		}
		return secret.Mask
	})
}

// shortestWhole is the length from which a whole value is masked in a message, and
// shortestPart that of a part of one: a message has no place that could tell.
const shortestWhole, shortestPart = 4, 6

// secretValues are what the secrets are now, the longest first.
func (l *locator) secretValues() []string {
	var values []string
	for name, value := range l.p.environ {
		values = append(values, secret.Parts(value)...)
		if l.isSecret(name) {
			values = append(values, value)
		}
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return values
}

// isSecret: the variable is one by its name, by the template's mark, or because
// Compose hands it out as a secret or as a configuration.
func (l *locator) isSecret(name string) bool {
	if l.secrets == nil {
		l.secrets = map[string]bool{}
		if template, err := environ.ReadTemplate(l.p.Layout.environments()); err == nil {
			for _, v := range template.Variables {
				l.secrets[v.Name] = v.IsSecret()
			}
		}
		for _, path := range []string{"secrets.*.environment", "configs.*.environment"} {
			for _, h := range l.all(path) {
				l.secrets[h.value.Value] = true
			}
		}
	}
	return l.secrets[name] || secret.IsName(name)
}

func (l Layout) environments() environ.Dirs {
	return environ.Dirs{Root: l.Root, EnvDir: l.Path(l.EnvDir), Link: l.Path(l.EnvLink)}
}

// written: the text stands in one of the Compose files.
func (l *locator) written(text string) bool {
	return slices.ContainsFunc(l.sources, func(s *source) bool {
		return slices.ContainsFunc(s.lines, func(line string) bool { return strings.Contains(line, text) })
	})
}

// SecretVariables are those that Compose hands out as a secret or as a
// configuration, sorted: that alone tells that they are secrets.
func (p *Project) SecretVariables() []string {
	names := map[string]bool{}
	for _, s := range p.Model.Secrets {
		names[s.Environment] = true
	}
	for _, c := range p.Model.Configs {
		names[c.Environment] = true
	}
	delete(names, "")
	return slices.Sorted(maps.Keys(names))
}

// handedOut finds what SecretVariables finds in a file that cannot be read.
var handedOut = lazyregexp.New(`\benvironment["']?:[ \t]*["']?([A-Za-z_]\w*)`)

// SecretVariables is that of the project, told from the text of the Compose
// files where there is a mistake in them. It may name too many.
func (l Layout) SecretVariables(env string, shell []string) (names []string) {
	set, _ := l.Reads(Options{Env: env, Environ: shell})
	for _, file := range set.Files {
		text, _ := os.ReadFile(file)
		for _, match := range handedOut.FindAllSubmatch(text, -1) {
			names = append(names, string(match[1]))
		}
	}
	return names
}
