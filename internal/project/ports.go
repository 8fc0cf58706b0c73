package project

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"
)

// Published is one port of the host that a service wants.
type Published struct {
	Service   string
	IP        string // "" is every address
	Low, High uint16 // the same where it is one port, else any of the range will do
	Proto     string // tcp, udp, sctp
	Target    uint16
	Replicas  int // how many containers want one each

	origin func() Origin
}

// Origin is where a published port is written.
type Origin struct {
	File     string // as shown to the user; "" when it was not found
	Line     int
	Variable string // the variable that gives the port; "" when it is a literal
}

func (o Origin) String() string { return place{o.File, o.Line}.String() }

// Origin is where the port is written. The files are read anew for the first
// port of a list that is asked.
func (w Published) Origin() Origin {
	if w.origin == nil {
		return Origin{}
	}
	return w.origin()
}

func (w Published) String() string {
	port := strconv.Itoa(int(w.Low))
	if w.High > w.Low {
		port += "-" + strconv.Itoa(int(w.High))
	}
	if w.Proto != "tcp" {
		port += "/" + w.Proto
	}
	return port
}

// Published lists the host ports that the enabled services want, by service.
// Ports that the engine chooses are not among them.
func (p *Project) Published() []Published {
	origins := sync.OnceValue(func() portOrigins { return newLocator(p).origins() })
	var list []Published
	for _, name := range p.Services() {
		for _, port := range p.Model.Services[name].Ports {
			low, high, ok := portRange(port.Published)
			if !ok || p.Replicas(name) == 0 {
				continue
			}
			w := Published{Service: name, IP: port.HostIP, Low: low, High: high, Proto: port.Protocol,
				Target: uint16(port.Target), Replicas: p.Replicas(name)}
			w.origin = func() Origin { return origins().of(w) }
			list = append(list, w)
		}
	}
	return list
}

// portRange reads "5432" or "8000-8010".
func portRange(text string) (low, high uint16, ok bool) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	l, err := strconv.ParseUint(first, 10, 16)
	h, err2 := strconv.ParseUint(last, 10, 16)
	return uint16(l), uint16(h), err == nil && err2 == nil && l > 0 && l <= h
}

// portOrigins finds origins by what they come to, for the service itself and
// for the service that it extends.
type portOrigins map[string]Origin

func (o portOrigins) of(w Published) Origin {
	what := fmt.Sprintf("%s:%s:%d/%s", w.IP, rangeText(w.Low, w.High), w.Target, w.Proto)
	if origin, ok := o[w.Service+" "+what]; ok {
		return origin
	}
	return o[what]
}

func rangeText(low, high uint16) string {
	return Published{Low: low, High: high, Proto: "tcp"}.String()
}

func (l *locator) origins() portOrigins {
	o := portOrigins{}
	for _, service := range l.keys("services") {
		for _, h := range l.all("services." + service + ".ports.[]") {
			for what, origin := range l.entry(h) {
				o[service+" "+what], o[what] = origin, origin
			}
		}
	}
	return o
}

// entry reads one item of ports, in either form.
func (l *locator) entry(h hit) map[string]Origin {
	found := map[string]Origin{}
	at := Origin{File: l.p.Short(h.src.path), Line: h.value.Line}
	add := func(port types.ServicePortConfig) {
		if low, high, ok := portRange(port.Published); ok {
			found[fmt.Sprintf("%s:%s:%d/%s", port.HostIP, rangeText(low, high), port.Target, port.Protocol)] = at
		}
	}
	switch h.value.Kind {
	case yaml.ScalarNode:
		at.Variable = lastVariable(publishedPart(h.value.Value))
		ports, _ := types.ParsePortConfig(l.p.substitute(h.value.Value))
		for _, port := range ports {
			add(port)
		}
	case yaml.MappingNode:
		port := types.ServicePortConfig{Protocol: "tcp"}
		for i := 0; i+1 < len(h.value.Content); i += 2 {
			l.longForm(&port, &at, h.value.Content[i], h.value.Content[i+1])
		}
		add(port)
	}
	return found
}

// longForm reads one key of a port's long form.
func (l *locator) longForm(port *types.ServicePortConfig, at *Origin, key, value *yaml.Node) {
	text := l.p.substitute(value.Value)
	switch key.Value {
	case "published":
		port.Published, at.Line, at.Variable = text, value.Line, lastVariable(value.Value)
	case "target":
		port.Target = uint32(atoi(text))
	case "host_ip":
		port.HostIP = text
	case "protocol":
		port.Protocol = text
	}
}

// publishedPart is what stands between the last two colons of the short form,
// those inside ${…} aside.
func publishedPart(entry string) string {
	var parts []string
	depth, from := 0, 0
	for i, r := range entry {
		switch {
		case r == '{':
			depth++
		case r == '}':
			depth--
		case r == ':' && depth == 0:
			parts = append(parts, entry[from:i])
			from = i + 1
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return parts[len(parts)-1]
}

func lastVariable(text string) string {
	names := variables(text)
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}
