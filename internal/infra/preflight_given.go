package infra

import (
	"cmp"
	"fmt"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// notGiven: a config or secret that Compose, when it makes or starts the container,
// finds that it cannot give. Source: docker/compose pkg/compose/secrets.go and create.go.
func notGiven(p *project.Project, _ observe.State, _ observe.Facts) []obstacle {
	var list []obstacle
	for _, name := range p.Services() {
		s := p.Model.Services[name]
		if s.Provider != nil || p.Replicas(name) == 0 {
			continue
		}
		for _, ref := range s.Configs {
			list = append(list, notWritten(p, s, "config", ref.Source, types.FileObjectConfig(p.Model.Configs[ref.Source]))...)
		}
		for _, ref := range s.Secrets {
			list = append(list, notWritten(p, s, "secret", ref.Source, types.FileObjectConfig(p.Model.Secrets[ref.Source]))...)
		}
	}
	return list
}

func notWritten(p *project.Project, s types.ServiceConfig, kind, name string, o types.FileObjectConfig) []obstacle {
	value, set := p.Lookup(o.Environment)
	switch {
	case bool(o.External):
		return []obstacle{{fmt.Sprintf("%s %s of %s is external, which only Swarm has", kind, name, s.Name), "give it a file, or a variable: environment: NAME"}}
	case o.Content == "" && o.Environment != "" && !set:
		return []obstacle{{fmt.Sprintf("%s %s of %s is the variable %s, which nobody sets", kind, name, s.Name, o.Environment), p.Setting(o.Environment, "")}}
	case s.ReadOnly && cmp.Or(o.Content, value) != "":
		return []obstacle{{fmt.Sprintf("%s %s of %s is to be written into its container, which is read_only", kind, name, s.Name), "give it a file, which is mounted"}}
	}
	return nil
}
