package sdk

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// CheckFragment finds where a Compose fragment and its manifest differ:
// services, variables and their defaults. What a fragment may do at all is for
// the host to say.
func CheckFragment(m *pluginv1.Manifest, fragment []byte) []Diagnostic {
	f := &findings{}
	var document yaml.Node
	if err := yaml.Unmarshal(fragment, &document); err != nil {
		f.add("NO_YAML", "fragment", "the fragment is no YAML: %v", err)
		return f.list
	}
	var file struct {
		Services map[string]any `yaml:"services"`
	}
	if err := document.Load(&file); err != nil {
		f.add("NO_COMPOSE_FILE", "fragment", "the fragment is no Compose file: %v", err)
		return f.list
	}
	f.sameServices(m, file.Services)
	f.references(m, &document)
	return f.list
}

func (f *findings) sameServices(m *pluginv1.Manifest, services map[string]any) {
	for _, s := range m.GetServices() {
		if _, ok := services[s.GetName()]; !ok && !s.GetOptional() {
			f.add("MISSING_SERVICE", "services."+s.GetName(), "the fragment lacks the service %s of the manifest", s.GetName())
		}
	}
	declared := names(m.GetServices())
	for name := range services {
		if !slices.Contains(declared, name) {
			f.add("UNDECLARED_SERVICE", "services."+name, "the manifest does not declare the service %s of the fragment", name)
		}
	}
}

// references are compared with the variables of the manifest.
func (f *findings) references(m *pluginv1.Manifest, document *yaml.Node) {
	for _, r := range References(document) {
		i := slices.IndexFunc(m.GetVariables(), func(v *pluginv1.Variable) bool { return v.GetName() == r.Name })
		path := "variables." + r.Name
		if i < 0 {
			f.add("UNDECLARED_VARIABLE", path, "the manifest does not declare ${%s} of the fragment", r.Name)
			continue
		}
		v := m.GetVariables()[i]
		fallback := r.Operator == "-" || r.Operator == ":-"
		switch {
		case v.GetSecret() && fallback && r.Operand != "":
			f.add("SECRET_WITH_DEFAULT", path, "the fragment has a default for a secret")
		case fallback && r.Operand != v.GetDefault() && !strings.Contains(r.Operand, "$"):
			f.add("OTHER_DEFAULT", path, "the default is %q in the fragment and %q in the manifest", r.Operand, v.GetDefault())
		case r.Operator == "" && v.GetDefault() != "":
			f.add("OTHER_DEFAULT", path, "the fragment has no default, the manifest has %q: write ${%s:-%s}", v.GetDefault(), r.Name, v.GetDefault())
		}
	}
}
