package sandbox

import (
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Overlay is what a stack's files are filled in with, over everything else: its
// project, and the ports that are given by variables.
func Overlay(project string, ports []Port, chosen map[string]uint16) map[string]string {
	values := map[string]string{environ.ProjectVariable: project}
	for _, p := range ports {
		if p.Variable != "" {
			values[p.Variable] = p.Text(chosen[p.Key])
		}
	}
	return values
}

// Variables are the values of an environment as a program on this machine needs them:
// the addresses of the services are where the stack has published them. values are
// those of the environment with the overlay.
func Variables(values map[string]string, ports []Port, chosen map[string]uint16, address string) map[string]string {
	all := maps.Clone(values)
	for name, value := range all {
		all[name] = moved(value, ports, chosen, address)
	}
	for _, p := range slices.Backward(ports) { // of several the first has the plain name
		stem := variableOf(p.Service)
		all[stem+"_HOST"], all[stem+"_PORT"] = address, p.Text(chosen[p.Key])
		if p.Count == 1 && several(ports, p.Service) {
			all[stem+"_PORT_"+strconv.Itoa(int(p.Target))] = p.Text(chosen[p.Key])
		}
	}
	for _, p := range ports {
		if p.Variable == "" {
			continue
		}
		all[p.Variable] = p.Text(chosen[p.Key])
		if stem, ok := strings.CutSuffix(p.Variable, "_PORT"); ok {
			all[stem+"_HOST"] = address
		}
	}
	return all
}

// Withhold takes out of variables, those of a stack by Variables, what leads to ports of
// services that the stack has not got: it would lead tests to those that somebody works
// with. values are as Variables was given them. The names, sorted, are also those that no
// variables have: programs may have them from elsewhere.
func Withhold(variables, values map[string]string, ports, absent []Port) (names []string) {
	withheld := map[string]bool{}
	for _, p := range absent {
		if p.Variable == "" {
			continue
		}
		withheld[p.Variable] = true
		if stem, ok := strings.CutSuffix(p.Variable, "_PORT"); ok {
			withheld[stem+"_HOST"] = true
		}
	}
	for name, value := range values {
		if variables[name] == value && moved(value, absent, nil, "") != value {
			withheld[name] = true
		}
	}
	for _, p := range ports {
		stem, _ := strings.CutSuffix(p.Variable, "_PORT")
		own := variableOf(p.Service)
		for _, name := range []string{p.Variable, stem + "_HOST", own + "_HOST", own + "_PORT"} {
			delete(withheld, name)
		}
	}
	for name := range withheld {
		delete(variables, name)
	}
	return slices.Sorted(maps.Keys(withheld))
}

func several(ports []Port, service string) bool {
	n := 0
	for _, p := range ports {
		if p.Service == service {
			n++
		}
	}
	return n > 1
}

// variableOf is how a service's name begins a variable's.
func variableOf(service string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(service))
}

// authority is where a URL leads: its scheme, what is before the host, and one or several
// hosts with their ports, of which the first may have none.
var authority = lazyregexp.New(`([A-Za-z][A-Za-z0-9.-]*)(?:\+[A-Za-z0-9.-]+)?(://(?:[^\s/]*@)?)((?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:]+\])(?::\w*)?(?:,(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}\b)*)`)

// usual are the ports of URLs that have none, by their schemes.
var usual = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443", "postgres": "5432", "postgresql": "5432", "mysql": "3306", "mariadb": "3306", "redis": "6379",
	"rediss": "6379", "valkey": "6379", "mongodb": "27017", "amqp": "5672", "amqps": "5671", "nats": "4222", "bolt": "7687", "neo4j": "7687", "mqtt": "1883", "sqlserver": "1433", "smtp": "25"}

// moved is a value whose URLs lead to where the stack has what they led to: a port of
// this machine, or of a service by its name.
func moved(value string, ports []Port, chosen map[string]uint16, address string) string {
	if !strings.Contains(value, "://") {
		return value
	}
	return authority.ReplaceAllStringFunc(value, func(match string) string {
		m := authority.FindStringSubmatch(match)
		hosts := strings.Split(m[3], ",")
		for i, one := range hosts {
			at := strings.LastIndexByte(one, ':')
			if at <= strings.LastIndexByte(one, ']') {
				one, at = one+":"+usual[m[1]], len(one)
			}
			if to, ok := leads(one[:at], one[at+1:], ports, chosen); ok {
				hosts[i] = net.JoinHostPort(address, to)
			}
		}
		return strings.TrimSuffix(match, m[3]) + strings.Join(hosts, ",")
	})
}

// leads is the port of the stack that stands for one of a host.
func leads(host, number string, ports []Port, chosen map[string]uint16) (to string, ok bool) {
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return "", false
	}
	port := uint16(n)
	for _, p := range ports {
		low := chosen[p.Key]
		here := isHere(host) && (port == p.Was || port == low)
		if p.Proto != "udp" && (here || host == p.Service && port == p.Target) {
			return strconv.Itoa(int(low)), true
		}
	}
	return "", false
}

func isHere(host string) bool {
	return slices.Contains([]string{"localhost", "127.0.0.1", "[::1]", "0.0.0.0", "host.docker.internal"}, host)
}
