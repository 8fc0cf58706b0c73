package plugins

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Variables answers whose a variable is that a plugin declares. What it needs is
// read when it is first asked.
func Variables(w *app.Run, l project.Layout) func(plugin, variable string) pluginhost.Standing {
	read := sync.OnceValue(func() variableOwners { return readOwners(w, l) })
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

// readOwners reads as far as it can: who needs what cannot be read says so.
func readOwners(w *app.Run, l project.Layout) variableOwners {
	d := app.EnvDirs(l)
	v := variableOwners{shell: w.LookupEnv, compose: map[string]bool{}}
	v.template, _ = environ.ReadTemplate(d)
	v.section = sections(v.template.Document)
	e, _ := w.Environment(d)
	v.file = e.Values(v.shell)
	set, _ := l.Reads(project.Options{Env: e.Name, Backend: true, Environ: w.Environ})
	for _, file := range set.Files {
		text, _ := os.ReadFile(file)
		for _, match := range named.FindAllSubmatch(text, -1) {
			v.compose[string(match[1])] = true
		}
	}
	v.secrets = environ.SecretsOf(v.template.Marking(l.SecretVariables(e.Name, w.Environ)...), v.shell, e, environ.ShellSecrets(v.template, w.Environ))
	return v
}

// named is a reference to a variable in a Compose file; $$ is none, which makes
// one too many at worst.
var named = lazyregexp.New(`\$\{?([A-Za-z_]\w*)`)

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

var heading = lazyregexp.New(`^# -{2,} (.+?) -{2,}\s*$`)

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

// Places are what a plugin that may reach them gets more of than a file.
func Places(l project.Layout, shell []string) policy.Places {
	const values, run = "values of the environments, secrets too", "what the next run executes"
	p := placesOf{".git": "the history, and hooks that Git runs"}
	for _, place := range [][2]string{
		{l.EnvDir, values}, {l.EnvLink, values}, {l.StateDir, "what Spellbook remembers, and hands to Compose"}, {l.ComposeDir, run},
		{"magefiles", run}, {"plugins", run}, {"scripts", run}, {"internal", run}, {"go.mod", run}, {"package.json", run},
	} {
		p.add(l, place[0], place[1])
	}
	set, _ := l.Reads(project.Options{Backend: true, Environ: shell})
	for _, file := range set.Files {
		p.add(l, file, run)
	}
	for _, file := range set.Paths() {
		p.add(l, file, values)
	}
	return policy.Places(p)
}

// Template is a template of the variables that a plugin is given, without
// those that a document has. PLUGINS itself belongs to it.
func Template(p *pluginhost.Plugin, has dotenv.Document) (environ.Template, error) {
	there := func(name string) bool {
		return slices.ContainsFunc(has.Entries, func(e dotenv.Entry) bool { return e.Name == name })
	}
	var b strings.Builder
	if !there(environ.EnabledPlugins) {
		b.WriteString("# Plugins that are in the stack, comma separated.\n" + environ.EnabledPlugins + "=\n")
	}
	titled := false
	for _, v := range p.Reads() {
		if there(v.Name) {
			continue
		}
		line, err := dotenv.Set(dotenv.Document{}, v.Name, v.Default)
		if err != nil {
			return environ.Template{}, failure.New(failure.Preflight, "plugin %q: variable %q: %w", p.Manifest.Name, v.Name, err).
				WithHint("its author has to correct its manifest")
		}
		if !titled {
			titled = true
			b.WriteString("\n" + ruled(sectionOf(p.Manifest.Name)) + "\n")
		}
		b.WriteString("\n# " + strings.Join(append([]string{Sentence(v.Summary)}, annotations(v)...), " ") + "\n" + line.String())
		if !strings.HasSuffix(line.String(), "\n") {
			b.WriteString("\n")
		}
	}
	return environ.ParseTemplate("the variables of plugin "+p.Manifest.Name, b.String())
}

// ruled is a heading as the template of this repository has them.
func ruled(title string) string {
	return "# ---- " + title + " " + strings.Repeat("-", max(4, 107-len(title)))
}

// Sentence is a summary as a sentence; square brackets would be annotations.
func Sentence(summary string) string {
	text := strings.TrimSuffix(strings.Join(strings.Fields(summary), " "), ".")
	return strings.NewReplacer("[", "(", "]", ")").Replace(text) + "."
}

// annotations say of a variable what its manifest does.
func annotations(v manifest.Variable) (list []string) {
	if v.Type != "" && v.Type != "string" {
		list = append(list, "["+v.Type+"]")
	}
	if v.Required && v.Generate == 0 {
		list = append(list, "[required]")
	}
	if v.Secret {
		list = append(list, "[secret]")
	}
	if v.Generate > 0 {
		list = append(list, fmt.Sprintf("[generate %d]", v.Generate))
	}
	return list
}

// FragmentVolumes are named as Compose names them: PROJECT_KEY, unless the
// fragment gives a name.
func FragmentVolumes(fragment []byte, project string) (names []string) {
	var file struct {
		Volumes map[string]*struct {
			Name string `yaml:"name"`
		} `yaml:"volumes"`
	}
	if yaml.Unmarshal(fragment, &file) != nil {
		return nil
	}
	for key, v := range file.Volumes {
		if v != nil && v.Name != "" {
			names = append(names, v.Name)
		} else {
			names = append(names, project+"_"+key)
		}
	}
	slices.Sort(names)
	return names
}

// Values splits the values of a plugin's variables, defaults filled in: what
// anybody may see, and secrets. It gets no other variables.
func Values(p *pluginhost.Plugin, file map[string]string, shell dotenv.Lookup) (config, secrets map[string]string) {
	config, secrets = map[string]string{}, map[string]string{}
	for _, v := range p.Reads() {
		value, ok := "", false
		if shell != nil {
			value, ok = shell(v.Name)
		}
		if !ok {
			value = file[v.Name]
		}
		if value == "" { // as ${NAME:-default} in the fragment has it
			value = v.Default
		}
		switch {
		case !v.Secret:
			config[v.Name] = value
		case value != "":
			secrets[v.Name] = value
		}
	}
	return config, secrets
}
