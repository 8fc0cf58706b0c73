package load

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/project"
)

// PluginVariables answers whose a variable is that a plugin declares. What it needs is
// read when it is first asked.
func PluginVariables(w *app.Run, l project.Layout) func(plugin, variable string) pluginhost.Standing {
	read := sync.OnceValue(func() variableOwners { return pluginVariables(w, l) })
	return func(plugin, variable string) pluginhost.Standing { return read().standing(plugin, variable) }
}

// variableOwners are those that a repository has, whatever plugins say.
type variableOwners struct {
	template environ.Template
	section  map[string]string // the heading above a variable of the template
	file     map[string]string // values of the active environment's file
	compose  map[string]bool   // named in the user's Compose files
	shell    dotenv.Lookup
	secrets  environ.Secrets
}

// pluginVariables reads as far as it can: who needs what cannot be read says so.
func pluginVariables(w *app.Run, l project.Layout) variableOwners {
	d := &EnvContext{Run: w, Layout: l, Dirs: EnvDirs(l)}
	v := variableOwners{shell: d.Shell, compose: map[string]bool{}}
	v.template, _ = environ.ReadTemplate(d.Dirs)
	v.section = sections(v.template.Document)
	e, _ := d.Current()
	v.file = e.Values(d.Shell)
	files, _ := l.ComposeFiles(e.Name, true)
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for _, match := range named.FindAllSubmatch(text, -1) {
			v.compose[string(match[1])] = true
		}
	}
	v.secrets = environ.SecretsOf(v.template.Marking(l.SecretVariables(e.Name)...), d.Shell, e, d.ShellSecrets(v.template))
	return v
}

// named is a reference to a variable in a Compose file; $$ is none, which makes
// one too many at worst.
var named = regexp.MustCompile(`\$\{?([A-Za-z_]\w*)`)

func (v variableOwners) standing(plugin, variable string) pluginhost.Standing {
	_, inTemplate := v.section[variable]
	value, inFile := v.file[variable]
	text, inShell := v.shell(variable)
	if inShell {
		value = text
	}
	of, _ := v.template.Variable(variable)
	s := pluginhost.Standing{
		// A name that is none of a secret tells whether the value shows one.
		Secret: of.Secret || of.Generate > 0 || value != "" && v.secrets.Hides(environ.EnabledPlugins, value),
		Shell:  inShell && !inTemplate && !inFile,
	}
	switch {
	case inTemplate:
		s.Taken = v.section[variable] != sectionOf(plugin)
	case v.compose[variable]:
		s.Taken = true
	default: // plugin:enable extends the template first, where there is one
		s.Taken = inFile && len(v.template.Variables) > 0
	}
	s.Secret = s.Secret || s.Taken && v.secrets.IsSecret(variable)
	return s
}

// sectionOf is the heading that plugin:enable writes above a plugin's variables.
func sectionOf(plugin string) string { return "Plugin " + plugin }

var heading = regexp.MustCompile(`^# -{2,} (.+?) -{2,}\s*$`)

// sections are the variables of a template, and the headings that they stand
// below.
func sections(doc dotenv.Document) map[string]string {
	of, now := map[string]string{}, ""
	for _, entry := range doc.Entries {
		for line := range strings.Lines(entry.Text) {
			if m := heading.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil {
				now = m[1]
			}
		}
		if entry.Name != "" {
			of[entry.Name] = now
		}
	}
	return of
}

type placesOf map[string]string

// add takes what lies in the repository; the repository itself is no place.
func (f placesOf) add(l project.Layout, at, what string) {
	if rel, err := filepath.Rel(l.Root, l.Path(at)); err == nil && filepath.IsLocal(rel) && rel != "." {
		f[filepath.ToSlash(rel)] = what
	}
}

// PluginPlaces are what a plugin that may reach them gets more of than a file.
func PluginPlaces(l project.Layout) policy.Places {
	const values, run = "values of the environments, secrets too", "what the next run executes"
	p := placesOf{".git": "the history, and hooks that Git runs"}
	for _, place := range [][2]string{
		{l.EnvDir, values}, {l.EnvLink, values}, {l.StateDir, "what Spellbook remembers, and hands to Compose"}, {l.ComposeDir, run},
		{"magefiles", run}, {"plugins", run}, {"scripts", run}, {"internal", run}, {"go.mod", run}, {"package.json", run},
	} {
		p.add(l, place[0], place[1])
	}
	files, _ := l.ComposeFiles("", true)
	for _, file := range files {
		p.add(l, file, run)
	}
	return policy.Places(p)
}
