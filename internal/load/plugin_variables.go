package load

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"go.yaml.in/yaml/v4"
)

// PluginTemplate is a template of the variables that a plugin is given, without
// those that a document has. PLUGINS itself belongs to it.
func PluginTemplate(p *pluginhost.Plugin, has dotenv.Document) (environ.Template, error) {
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

// VolumesOf are the volumes of a plugin as the engine knows them, sorted; none
// where the plugin cannot tell any more.
func (s *PluginContext) VolumesOf(ctx context.Context, e environ.Environment, name string) []string {
	p, err := s.Find(ctx, name)
	if err != nil {
		return nil
	}
	model, err := s.Model(ctx, e)
	if err != nil {
		return nil
	}
	config, _ := PluginValues(p, e.Values(s.Shell), s.Shell)
	fragment, _, err := s.Host.Render(ctx, p, model.Name, config)
	if err != nil {
		return nil
	}
	return FragmentVolumes(fragment, model.Name)
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

// PluginValues splits the values of a plugin's variables, defaults filled in: what
// anybody may see, and secrets. It gets no other variables.
func PluginValues(p *pluginhost.Plugin, file map[string]string, shell dotenv.Lookup) (config, secrets map[string]string) {
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
