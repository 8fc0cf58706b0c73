package infra

import (
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/restartpolicy"
)

// endlessAttempts: the engine refuses a number of attempts with a policy that has no end.
func endlessAttempts(p *project.Project, _ observe.State, _ observe.Facts) []obstacle {
	var list []obstacle
	for _, name := range p.Services() {
		policy, attempts, limited := strings.Cut(restartpolicy.Of(p.Model.Services[name]), ":")
		if limited && policy != "on-failure" {
			list = append(list, obstacle{fmt.Sprintf("service %s is to be restarted %s times at most by the policy %s, which has no end", name, attempts, policy),
				"write condition: on-failure, or leave max_attempts out"})
		}
	}
	return list
}

// heldNames: somebody else has a container's name, an external network or volume is
// not there, or a container that is to be joined is not there or does not run.
func heldNames(_ *project.Project, _ observe.State, f observe.Facts) []obstacle {
	var list []obstacle
	for _, n := range f.Names {
		switch {
		case n.Kind == "joined" && n.Holder.Container == "":
			list = append(list, obstacle{fmt.Sprintf("service %s joins container %s, which this engine does not have", n.Service, n.Name),
				"docker ps -a has those that are there"})
		case n.Kind == "joined":
			list = append(list, obstacle{fmt.Sprintf("service %s joins container %s, which does not run", n.Service, n.Name), "docker start " + n.Holder.Container})
		case n.Kind != "container":
			list = append(list, obstacle{fmt.Sprintf("%s %s of service %s is external, and this engine does not have it", n.Kind, n.Name, n.Service),
				fmt.Sprintf("docker %s create %s", n.Kind, n.Name)})
		case n.Holder.Project == "":
			list = append(list, obstacle{fmt.Sprintf("container_name %s of service %s is taken by a container that Compose has not made", n.Name, n.Service),
				fmt.Sprintf("docker rename %s another-name, or leave container_name out", n.Name)})
		default:
			list = append(list, obstacle{fmt.Sprintf("container_name %s of service %s is taken by %s", n.Name, n.Service, who(n.Holder)),
				fmt.Sprintf("leave container_name out, or docker rename %s another-name", n.Name)})
		}
	}
	return list
}

// sameNames: two services are to have one container's name, which Compose refuses.
func sameNames(p *project.Project, _ observe.State, _ observe.Facts) []obstacle {
	var list []obstacle
	first := map[string]string{}
	for _, service := range p.Services() {
		name := p.Model.Services[service].ContainerName
		switch {
		case name == "":
		case first[name] == "":
			first[name] = service
		default:
			list = append(list, obstacle{fmt.Sprintf("%s and %s both want the container_name %s", first[name], service, name), "leave container_name out, or give another one"})
		}
	}
	return list
}

// OneNameEach is nil, or that two services are to have one container's name.
func OneNameEach(p *project.Project) *failure.Error {
	list := sameNames(p, observe.State{}, observe.Facts{})
	if len(list) == 0 {
		return nil
	}
	return failure.New(failure.Preflight, "%s", list[0].text).WithHint("%s", list[0].remedy)
}
