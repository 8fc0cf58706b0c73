package project

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/composefiles"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/restartpolicy"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Project is a loaded and validated Compose project. Nothing may change it.
type Project struct {
	Layout Layout
	Name   string
	Env    string   // the active environment's name; "" for a plain .env file
	Files  []string // the Compose files, absolute, in merge order
	// Reads are the files that there are without those of plugins.
	Reads composefiles.Set
	// EnvFile is the strongest of the env files; "" when there is none.
	EnvFile  string
	Profiles []string
	Model    *types.Project // enabled services only; the others are disabled
	Warnings []string       // what Compose would warn of, such as unset variables

	shell    []string         // the shell's variables, KEY=value
	environ  types.Mapping    // all variables that were filled in, the shell's included
	instead  *secret.String   // instead of the text of EnvFile
	masking  func() masking   // knows the secrets; learns them once, where a text needs it
	declared func() rendering // with stand-ins for the secrets that are declared
	options  Options          // as it was loaded

	fragments []Fragment
	networks  []string
}

// Variable is what Compose fills ${name} in with; "" where nothing sets it.
func (p *Project) Variable(name string) string { return p.environ[name] }

// Lookup is Variable, and whether anything sets it.
func (p *Project) Lookup(name string) (value string, set bool) {
	value, set = p.environ[name]
	return value, set
}

// Services are the names of the enabled services, sorted.
func (p *Project) Services() []string {
	return slices.Sorted(maps.Keys(p.Model.Services))
}

// Known reports whether a service is in the files, enabled or not.
func (p *Project) Known(service string) bool {
	_, enabled := p.Model.Services[service]
	_, disabled := p.Model.DisabledServices[service]
	return enabled || disabled
}

// Enabled reports whether a service is one that this load is about.
func (p *Project) Enabled(service string) bool {
	_, enabled := p.Model.Services[service]
	return enabled
}

// HasVolume reports whether a volume of the engine is one of the files'.
func (p *Project) HasVolume(name string) bool {
	for key, v := range p.Model.Volumes {
		if name == v.Name || v.Name == "" && name == p.Name+"_"+key {
			return true
		}
	}
	return false
}

// Dependency is one arrow of depends_on, with everything that implies one
// (links, network_mode: service:x, volumes_from) made explicit by compose-go.
type Dependency struct {
	On        string
	Condition string // service_started, service_healthy, service_completed_successfully
	Required  bool
	Restart   bool
}

// Dependencies are the arrows out of a service to enabled services, sorted.
func (p *Project) Dependencies(service string) []Dependency {
	s := p.Model.Services[service]
	var list []Dependency
	for _, on := range slices.Sorted(maps.Keys(s.DependsOn)) {
		if _, enabled := p.Model.Services[on]; !enabled {
			continue
		}
		d := s.DependsOn[on]
		list = append(list, Dependency{On: on, Condition: d.Condition, Required: d.Required, Restart: d.Restart})
	}
	return list
}

// Replicas is how many containers a service has.
func (p *Project) Replicas(service string) int {
	s := p.Model.Services[service]
	return s.GetScale()
}

// ContainerName is the name Compose gives to the n-th container, from 1.
func (p *Project) ContainerName(service string, n int) string {
	if name := p.Model.Services[service].ContainerName; name != "" {
		return name
	}
	return p.Name + p.separator() + service + p.separator() + strconv.Itoa(n)
}

// ImageName is what the image of a service is called, and where the files do not
// say, what Compose calls it.
func (p *Project) ImageName(service string) string {
	return cmp.Or(p.Model.Services[service].Image, p.Name+p.separator()+service)
}

// separator is between the parts of a name that Compose makes.
// Source: docker/compose pkg/compose/loader.go.
func (p *Project) separator() string {
	if p.IsOn("COMPOSE_COMPATIBILITY") {
		return "_"
	}
	return "-"
}

// IsOn reports whether a variable is what Compose takes for yes. Source: docker/compose pkg/utils StringToBool.
func (p *Project) IsOn(variable string) bool {
	value := strings.ToLower(strings.TrimSpace(p.environ[variable]))
	yes, _ := strconv.ParseBool(value)
	return yes || value == "y"
}

// Active reports whether a service is in no profile, or in one that is active
// wherever Compose is called.
func (p *Project) Active(service string) bool {
	profiles := strings.Split(p.environ["COMPOSE_PROFILES"], ",")
	for i, name := range profiles {
		profiles[i] = strings.TrimSpace(name)
	}
	return p.Model.Services[service].HasProfile(profiles)
}

// Builds reports whether one of the services is built as this image. Another that
// has the image alone then runs what is built.
func (p *Project) Builds(image string) bool {
	for _, s := range p.Model.Services {
		if s.Build != nil && s.Image == image {
			return true
		}
	}
	return false
}

// Check is how a service is found ready.
func (p *Project) Check(service string) plan.Check {
	s := p.Model.Services[service]
	check := plan.Check{Ports: publishedPorts(s), OneShot: restartpolicy.Of(s) == restartpolicy.No, Plugin: p.prober(service)}
	h := s.HealthCheck
	if h == nil || h.Disable || len(h.Test) == 0 || h.Test[0] == "NONE" {
		return check
	}
	check.Test, check.OneShot = h.Test, false
	if h.Timeout != nil {
		check.Timeout = time.Duration(*h.Timeout)
	}
	return check
}

func publishedPorts(s types.ServiceConfig) []uint16 {
	var ports []uint16
	for _, port := range s.Ports {
		if port.Protocol == "" || port.Protocol == "tcp" {
			ports = append(ports, uint16(port.Target))
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// ByCompose reports whether only the Compose CLI starts this service right: it
// injects inline configs and secrets and runs hooks at the start.
func (p *Project) ByCompose(service string) bool {
	s := p.Model.Services[service]
	if len(s.PreStart) > 0 || len(s.PostStart) > 0 || s.Provider != nil {
		return true
	}
	for _, ref := range s.Configs {
		if c := p.Model.Configs[ref.Source]; c.Content != "" || c.Environment != "" {
			return true
		}
	}
	for _, ref := range s.Secrets {
		if c := p.Model.Secrets[ref.Source]; c.Content != "" || c.Environment != "" {
			return true
		}
	}
	return false
}
