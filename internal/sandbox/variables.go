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

// authority is where a URL leads: what is before the host, the host, the port.
var authority = lazyregexp.New(`(://(?:[^\s/]*@)?)([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})\b`)

// moved is a value whose URLs lead to where the stack has what they led to: a port of
// this machine, or of a service by its name.
func moved(value string, ports []Port, chosen map[string]uint16, address string) string {
	if !strings.Contains(value, "://") {
		return value
	}
	return authority.ReplaceAllStringFunc(value, func(match string) string {
		m := authority.FindStringSubmatch(match)
		n, err := strconv.ParseUint(m[3], 10, 16)
		if err != nil {
			return match
		}
		port := uint16(n)
		for _, p := range ports {
			low := chosen[p.Key]
			here := isHere(m[2]) && (port == p.Was || port == low)
			if p.Proto != "udp" && (here || m[2] == p.Service && port == p.Target) {
				return m[1] + net.JoinHostPort(address, strconv.Itoa(int(low)))
			}
		}
		return match
	})
}

func isHere(host string) bool {
	return slices.Contains([]string{"localhost", "127.0.0.1", "[::1]", "0.0.0.0", "host.docker.internal"}, host)
}
