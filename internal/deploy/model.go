package deploy

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/project"
)

// Server is where a model is for: the project's name there, and the path of each
// file of this machine that the model binds into containers.
type Server struct {
	Name  string
	Files map[string]string // absolute path here to absolute path there
}

// InfraModel is the Compose project of the infrastructure. Networks are those of
// all services; volumes that only the application uses are made by the deployment
// (see Volumes), as Compose makes those alone that its services use. Images are
// the names that they have on the server, by service.
func InfraModel(p *project.Project, roles map[string]Role, on Server, images map[string]string) (*types.Project, error) {
	model := &types.Project{Name: on.Name, Services: types.Services{}}
	for _, name := range Of(roles, Infra) {
		s := on.service(p.Model.Services[name])
		hash, err := Hash(s, contents(p, name))
		if err != nil {
			return nil, err
		}
		s.Image, s.PullPolicy = images[name], types.PullPolicyNever // it has been sent
		_, tag, _ := strings.Cut(s.Image, ":")
		stamp(&s, on.Name, "", name, hash+"-"+tag)
		model.Services[name] = s
	}
	model.Networks, model.Volumes = on.networks(p), on.volumes(p)
	on.files(p, model)
	return model, nil
}

// AppModel is the Compose project of one release. Its services find each other on
// a network of the release. Those of the infrastructure they are joined to by the
// deployment (Service.Networks): Compose makes a service's name an alias on every
// network that it knows, and there another release answers to the same. Their
// ports are the gateway's to publish.
func AppModel(p *project.Project, roles map[string]Role, r Release, on Server) *types.Project {
	model := &types.Project{Name: ProjectName(on.Name, r.ID), Services: types.Services{},
		Networks: types.Networks{releaseNetwork: {Name: ProjectName(on.Name, r.ID)}}, Volumes: types.Volumes{}}
	for _, name := range Of(roles, App) {
		s := on.service(p.Model.Services[name])
		s.Image, s.Ports = r.Services[name].Image, nil
		s.PullPolicy = types.PullPolicyNever // it has been sent
		s.DependsOn = inRelease(s.DependsOn, roles)
		if len(s.Networks) > 0 {
			s.Networks = map[string]*types.ServiceNetworkConfig{releaseNetwork: {Aliases: aliases(s)}}
		}
		if s.GetScale() <= 1 {
			s.ContainerName = ContainerName(on.Name, name, r.ID)
		}
		s.CustomLabels = nil
		stamp(&s, on.Name, r.ID, name, r.Services[name].Hash)
		model.Services[name] = s
	}
	for key, v := range on.volumes(p) {
		model.Volumes[key] = types.VolumeConfig{Name: v.Name, External: true}
	}
	on.files(p, model)
	return model
}

// releaseNetwork is the key of the network that a release has of its own.
const releaseNetwork = "release"

// aliases are the further names that a service's files give it.
func aliases(s types.ServiceConfig) []string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(s.Networks)) {
		if n := s.Networks[key]; n != nil {
			list = append(list, n.Aliases...)
		}
	}
	return slices.Compact(list)
}

// inRelease keeps what depends on services of the same release: the infrastructure
// is ready before any of them starts.
func inRelease(all types.DependsOnConfig, roles map[string]Role) types.DependsOnConfig {
	list := types.DependsOnConfig{}
	for on, d := range all {
		if roles[on] == App {
			list[on] = d
		}
	}
	return list
}

// service is a copy of one of the user's services that a server can run: built
// nowhere, with the server's files.
func (on Server) service(s types.ServiceConfig) types.ServiceConfig {
	s.Build, s.Develop, s.Profiles, s.Extensions, s.EnvFiles = nil, nil, nil, nil, nil
	volumes := make([]types.ServiceVolumeConfig, 0, len(s.Volumes))
	for _, v := range s.Volumes {
		if there, sent := on.Files[v.Source]; v.Type == types.VolumeTypeBind && sent {
			v.Source = there
		}
		volumes = append(volumes, v)
	}
	s.Volumes = volumes
	return s
}

// networks are the project's, named as they are on the server.
func (on Server) networks(p *project.Project) types.Networks {
	list := types.Networks{}
	for key, n := range p.Model.Networks {
		n.Name, n.Extensions = on.name(p, key, n.Name), nil
		list[key] = n
	}
	return list
}

func (on Server) volumes(p *project.Project) types.Volumes {
	list := types.Volumes{}
	for key, v := range p.Model.Volumes {
		v.Name, v.Extensions = on.name(p, key, v.Name), nil
		list[key] = v
	}
	return list
}

// name is the server's name of a network or a volume: another project's name is
// in what Compose named itself, and what the files name is what it is.
func (on Server) name(p *project.Project, key, name string) string {
	if name == "" || name == p.Name+"_"+key {
		return on.Name + "_" + key
	}
	return name
}

// files gives a model the configs and secrets that its services use, from the
// server's files. A secret of a variable becomes a config: Compose writes both into
// the container, and a file can have only the content of a config. Of an empty
// variable Compose makes no file.
func (on Server) files(p *project.Project, model *types.Project) {
	model.Configs, model.Secrets = types.Configs{}, types.Secrets{}
	for name, s := range model.Services {
		configs, secrets := s.Configs, s.Secrets
		s.Configs, s.Secrets = nil, nil
		for _, c := range configs {
			if o := on.object(types.FileObjectConfig(p.Model.Configs[c.Source])); !empty(p, o) {
				s.Configs = append(s.Configs, c)
				model.Configs[c.Source] = types.ConfigObjConfig(o)
			}
		}
		for _, c := range secrets {
			switch o := on.object(types.FileObjectConfig(p.Model.Secrets[c.Source])); {
			case empty(p, o):
			case o.Content == "":
				s.Secrets = append(s.Secrets, c)
				model.Secrets[c.Source] = types.SecretConfig(o)
			default:
				if c.Target = cmp.Or(c.Target, c.Source); !path.IsAbs(c.Target) {
					c.Target = "/run/secrets/" + c.Target
				}
				c.Source = "secrets." + c.Source
				s.Configs = append(s.Configs, types.ServiceConfigObjConfig(c))
				model.Configs[c.Source] = types.ConfigObjConfig(o)
			}
		}
		model.Services[name] = s
	}
}

func empty(p *project.Project, o types.FileObjectConfig) bool {
	_, set := p.Model.Environment[o.Environment]
	return o.File == "" && o.Content == "" && !bool(o.External) && (set || o.Environment == "")
}

// contents are those of a service's configs and secrets that are no files.
func contents(p *project.Project, service string) map[string]string {
	s, list := p.Model.Services[service], map[string]string{}
	for _, c := range s.Configs {
		if text := p.Model.Configs[c.Source].Content; text != "" {
			list["config "+c.Source] = text
		}
	}
	for _, c := range s.Secrets {
		if text := p.Model.Secrets[c.Source].Content; text != "" {
			list["secret "+c.Source] = text
		}
	}
	return list
}

func (on Server) object(o types.FileObjectConfig) types.FileObjectConfig {
	if there, sent := on.Files[o.File]; sent {
		o.File = there
	}
	if o.Environment != "" && o.Content != "" { // filled in here; the server has no such variable
		o.Environment = ""
	}
	o.Name = "" // of the laptop's project
	return o
}

// Volumes are the names that the application's services use on the server and
// the infrastructure's do not: the volumes that Compose would not make.
func Volumes(p *project.Project, roles map[string]Role, on Server) []string {
	used := map[string]Role{}
	for _, role := range []Role{App, Infra} {
		for _, name := range Of(roles, role) {
			for _, v := range p.Model.Services[name].Volumes {
				if v.Type == types.VolumeTypeVolume && v.Source != "" {
					used[v.Source] = role
				}
			}
		}
	}
	names := map[string]Role{}
	for key, v := range on.volumes(p) {
		if used[key] == App && !bool(v.External) {
			names[v.Name] = App
		}
	}
	return Of(names, App)
}

// YAML is a model as Compose reads it: with every dollar doubled, as nothing in
// it is to be filled in again. It holds secrets.
func YAML(model *types.Project) ([]byte, error) {
	data, err := model.MarshalYAML(types.WithSecretContent)
	if err != nil {
		return nil, err
	}
	return []byte(strings.ReplaceAll(string(data), "$", "$$")), nil
}

// stamp labels a service with whose it is.
func stamp(s *types.ServiceConfig, project, release, service, hash string) {
	labels := maps.Clone(s.Labels)
	if labels == nil {
		labels = types.Labels{}
	}
	labels[LabelProject], labels[LabelService], labels[LabelHash] = project, service, hash
	if release != "" {
		labels[LabelRelease] = release
	}
	s.Labels = labels
}
