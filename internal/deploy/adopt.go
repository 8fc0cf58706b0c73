package deploy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/restartpolicy"
)

// Adopted is what a server had of a project before deployments: a container cannot be
// given a label any more, so what was found equal is remembered beside the model.
type Adopted struct {
	// Containers are those of the infrastructure that are kept, by ID: the hash that
	// they would have in LabelHash.
	Containers map[string]string `json:"containers"`
	// Networks and Volumes are there, and no Compose is to make them anew.
	Networks []string `json:"networks"`
	Volumes  []string `json:"volumes"`
}

// Keep has a model use the networks and volumes that are there as they are.
func (a Adopted) Keep(model *types.Project) {
	for key, n := range model.Networks {
		if slices.Contains(a.Networks, n.Name) {
			model.Networks[key] = types.NetworkConfig{Name: n.Name, External: true}
		}
	}
	for key, v := range model.Volumes {
		if slices.Contains(a.Volumes, v.Name) {
			model.Volumes[key] = types.VolumeConfig{Name: v.Name, External: true}
		}
	}
}

// ByHand is a container that no deployment made, by what it was made from.
type ByHand struct {
	ImageID, User              string
	Command, Entry, Env, Check []string
	Mounts, Ports              []string // see docker.Made
	Restart                    string
	Networks                   []string // their names, or the mode
	Labels                     map[string]string
	Limits                     struct{ Memory, Reserved, CPUs, PIDs int64 }
	Image                      struct {
		Command, Entry, Env, Check []string
		Labels                     map[string]string
	}
}

// Differs says in which ways a container is not what the Compose files say of its
// service: none, and it can be kept. sameImage says whether its image is the service's.
// What else there is, as capabilities and devices, is not compared.
func (c ByHand) Differs(p *project.Project, on Server, service string, sameImage bool) []string {
	s := on.service(p.Model.Services[service])
	var list []string
	differ := func(what string, differs bool) {
		if differs {
			list = append(list, what)
		}
	}
	differ("image", !sameImage)
	differ("variables", !c.hasVariables(s))
	entry, command := c.Image.Entry, c.Image.Command
	if s.Entrypoint != nil {
		entry, command = s.Entrypoint, nil
	}
	if s.Command != nil {
		command = s.Command
	}
	differ("command", !slices.Equal(entry, c.Entry) || !slices.Equal(command, c.Command))
	check := c.Image.Check
	if s.HealthCheck != nil {
		check = s.HealthCheck.Test
	}
	differ("healthcheck", !slices.Equal(check, c.Check))
	differ("volumes", !c.hasMounts(s, on.volumes(p)))
	ports := portsOf(s)
	differ("ports", !slices.Equal(ports, c.Ports))
	policy := restartpolicy.Of(s)
	differ("restart", policy != strings.TrimSuffix(c.Restart, ":0") && (policy != restartpolicy.No || c.Restart != ""))
	differ("user", s.User != "" && s.User != c.User)
	differ("networks", !c.hasNetworks(s, on.networksOf(p, service)))
	differ("labels", !c.hasLabels(s))
	differ("limits", !c.hasLimits(s))
	return list
}

// hasNetworks leaves a mode that names another service to whoever reads the plan: the
// container has the other's ID.
func (c ByHand) hasNetworks(s types.ServiceConfig, networks []string) bool {
	if mode := s.NetworkMode; mode != "" {
		return slices.Equal(c.Networks, []string{mode}) || strings.ContainsRune(mode, ':')
	}
	return slices.Equal(networks, c.Networks)
}

// hasLabels: those of the image, with the service's above them. Compose's own say who
// made the container.
func (c ByHand) hasLabels(s types.ServiceConfig) bool {
	want, have := map[string]string{}, maps.Clone(c.Labels)
	maps.Copy(want, c.Image.Labels)
	maps.Copy(want, s.Labels)
	own := func(name, _ string) bool {
		return strings.HasPrefix(name, "com.docker.") || strings.HasPrefix(name, "desktop.docker.io/")
	}
	maps.DeleteFunc(want, own)
	maps.DeleteFunc(have, own)
	return maps.Equal(want, have)
}

// hasLimits: those of deploy.resources first, as Compose has it.
func (c ByHand) hasLimits(s types.ServiceConfig) bool {
	want := c.Limits
	want.Memory, want.Reserved, want.CPUs, want.PIDs = int64(s.MemLimit), int64(s.MemReservation), int64(s.CPUS*1e9), max(s.PidsLimit, 0)
	if s.Deploy != nil {
		if of := s.Deploy.Resources.Limits; of != nil {
			want.Memory, want.CPUs, want.PIDs = cmp.Or(int64(of.MemoryBytes), want.Memory), cmp.Or(int64(of.NanoCPUs*1e9), want.CPUs), cmp.Or(of.Pids, want.PIDs)
		}
		if of := s.Deploy.Resources.Reservations; of != nil {
			want.Reserved = cmp.Or(int64(of.MemoryBytes), want.Reserved)
		}
	}
	return c.Limits == want
}

// hasVariables: those of the image, with the service's above them.
func (c ByHand) hasVariables(s types.ServiceConfig) bool {
	want := map[string]string{}
	for _, pair := range c.Image.Env {
		name, value, _ := strings.Cut(pair, "=")
		want[name] = value
	}
	for name, value := range s.Environment {
		if value != nil {
			want[name] = *value
		}
	}
	have := map[string]string{}
	for _, pair := range c.Env {
		name, value, _ := strings.Cut(pair, "=")
		have[name] = value
	}
	return maps.Equal(want, have)
}

// hasMounts compares all but the volumes without a name, which images ask for.
func (c ByHand) hasMounts(s types.ServiceConfig, volumes types.Volumes) bool {
	var want []string
	for _, v := range s.Volumes {
		source := v.Source
		if v.Type == types.VolumeTypeVolume {
			source = volumes[v.Source].Name
		}
		text := v.Type + " " + source + ":" + v.Target
		if v.ReadOnly {
			text += ":ro"
		}
		if source != "" {
			want = append(want, text)
		}
	}
	slices.Sort(want)
	have := slices.DeleteFunc(slices.Clone(c.Mounts), anonymous)
	return slices.Equal(want, have)
}

// anonymous is a volume whose name is a sum.
func anonymous(mount string) bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(mount, "volume "), ":")
	return strings.HasPrefix(mount, "volume ") && len(name) == 64 && strings.Trim(name, "0123456789abcdef") == ""
}

func portsOf(s types.ServiceConfig) []string {
	var list []string
	for _, p := range s.Ports {
		if p.Published == "" {
			continue
		}
		address := p.HostIP
		if address == "0.0.0.0" || address == "::" {
			address = ""
		}
		protocol := p.Protocol
		if protocol == "" {
			protocol = "tcp"
		}
		list = append(list, fmt.Sprintf("%s:%s:%d/%s", address, p.Published, p.Target, protocol))
	}
	slices.Sort(list)
	return list
}
