package environ

import (
	"slices"
	"strconv"
)

// portStep is how far apart the ports of two environments are.
const portStep = 100

// Besides are those of the environments whose stacks may run beside that of e,
// on the same engine.
func (e Environment) Besides(others []Environment) []Environment {
	return slices.DeleteFunc(slices.Clone(others), func(o Environment) bool {
		return !e.SameEngine(o) || e.staysAlone() || o.staysAlone()
	})
}

// staysAlone: a committed environment stands in for the others where these have
// no images, and that of the server has a machine of its own.
func (e Environment) staysAlone() bool { return IsCommitted(e.Name) || e.Name == serverName }

const serverName = "dev"

// engine is what the file says of the engine; empty for the shell's.
func (e Environment) engine() [2]string {
	values := e.Values(nil)
	return [2]string{values["DOCKER_HOST"], values["DOCKER_CONTEXT"]}
}

// Ports are the values of variables that are ports, by name.
func (e Environment) Ports(variables []string) map[string]int {
	ports := map[string]int{}
	for name, value := range e.Values(nil) {
		if n, err := strconv.Atoi(value); err == nil && isPort(value) && slices.Contains(variables, name) {
			ports[name] = n
		}
	}
	return ports
}

// Apart are values for those of the variables that the template has a port for:
// all raised by the smallest multiple of a hundred at which none is a port of
// the others. raised is that multiple; with 0, or where there is no such, there
// is no value.
func (t Template) Apart(variables []string, others []Environment) (values map[string]string, raised int) {
	ours := Environment{Document: t.Document}.Ports(variables)
	taken := map[int]bool{}
	for _, e := range others {
		for _, n := range e.Ports(append(t.PortVariables(), variables...)) {
			taken[n] = true
		}
	}
	for raised = 0; ; raised += portStep {
		free, ends := true, false
		for _, n := range ours {
			free = free && !taken[n+raised]
			ends = ends || n+raised > 65535
		}
		switch {
		case ends || raised == 0 && free:
			return nil, 0
		case free:
			return plus(ours, raised), raised
		}
	}
}

func plus(ports map[string]int, raised int) map[string]string {
	values := map[string]string{}
	for name, n := range ports {
		values[name] = strconv.Itoa(n + raised)
	}
	return values
}

// PortVariables are those that the template says are ports.
func (t Template) PortVariables() []string { return t.ofType(Port) }

func (t Template) ofType(kind Type) (names []string) {
	for _, v := range t.everyVariable() {
		if v.Type == kind {
			names = append(names, v.Name)
		}
	}
	return names
}

// Sharing are the environments whose stacks the engine takes for that of e where
// their projects have one name. A committed one takes the place of the others,
// which is for its own check to say.
func (e Environment) Sharing(others []Environment) []Environment {
	return slices.DeleteFunc(slices.Clone(others), func(o Environment) bool {
		return IsCommitted(o.Name) && !IsCommitted(e.Name) || !e.SameEngine(o)
	})
}

// SameEngine reports whether another environment's stack is on the same engine,
// as far as their files say.
func (e Environment) SameEngine(o Environment) bool {
	return o.Name != e.Name && o.engine() == e.engine() && o.DeployHost(nil)+e.DeployHost(nil) == ""
}
