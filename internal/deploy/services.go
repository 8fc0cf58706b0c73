package deploy

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/restartpolicy"
)

// Services are those of the application as a release has them; digests are the
// identities of their images, by service.
func Services(p *project.Project, roles map[string]Role, on Server, digests map[string]string, release string) (map[string]Service, error) {
	list := map[string]Service{}
	for _, name := range Of(roles, App) {
		hash, err := Hash(on.service(p.Model.Services[name]), contents(p, name))
		if err != nil {
			return nil, err
		}
		list[name] = Service{Image: ImageName(on.Name, name, release), Digest: digests[name], Hash: hash,
			Restart: restartpolicy.Of(p.Model.Services[name]), OneShot: p.Check(name).OneShot, Networks: on.networksOf(p, name), Compatible: compatible(p, name),
			StopFirst: extension(p.Model.Services[name], "rollout") == stopFirst}
	}
	return list, nil
}

// networksOf are the server's names of a service's networks, sorted.
func (on Server) networksOf(p *project.Project, service string) []string {
	var list []string
	for key := range p.Model.Services[service].Networks {
		list = append(list, on.name(p, key, p.Model.Networks[key].Name))
	}
	slices.Sort(list)
	return list
}

// compatible is what x-spellbook: {migration: {compatible: true}} says.
func compatible(p *project.Project, service string) bool {
	said, _ := extension(p.Model.Services[service], "migration").(map[string]any)
	yes, _ := said["compatible"].(bool)
	return yes
}
