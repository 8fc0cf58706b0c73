package observe

import (
	"context"
	"net/netip"
	"slices"

	"github.com/infinitescribe/spellbook/internal/project"
)

// WantedPort is a port of the host that a service wants, and who has it.
type WantedPort struct {
	project.Published
	// Holders are those who hold ports of the range; a port without one is
	// free, or published by a container of the same project already.
	Holders map[uint16]Holder
	// Next is the first port above the range that nobody has or wants; 0
	// where none was found.
	Next uint16
}

// Holder is who has a port. Exactly one of its kinds is known, or none.
type Holder struct {
	Container, Project, Service string // a container; Project is empty where Compose did not make it
	PID                         int    // a process of this machine
	Command                     string // its name
	NoAddress                   bool   // nobody: this machine has no such address
}

// Taken reports whether the range has fewer free ports than are wanted.
func (p WantedPort) Taken() bool {
	return int(p.High-p.Low)+1-len(p.Holders) < p.Replicas && len(p.Holders) > 0
}

// ports looks for holders among the engine's containers and, where the engine
// is local, by trying to listen.
func ports(ctx context.Context, c Prober, p *project.Project, s State) ([]WantedPort, error) {
	wanted := slices.DeleteFunc(p.Published(), func(w project.Published) bool { return portless(p, w.Service) })
	if len(wanted) == 0 {
		return nil, nil
	}
	running, err := c.AllContainers(ctx)
	if err != nil {
		return nil, err
	}
	l := &lookout{wanted: wanted, ours: s, running: running, local: c.Local(), promised: map[uint16]bool{}}
	list := make([]WantedPort, 0, len(wanted))
	for _, w := range wanted {
		list = append(list, l.port(w))
	}
	return list, nil
}

// portless: the engine publishes nothing of a service on the host's own network
// or on none, and drops its ports without a word. What such a service listens
// on is its own affair.
func portless(p *project.Project, service string) bool {
	mode := p.Model.Services[service].NetworkMode
	return mode == "host" || mode == "none"
}

// lookout knows who publishes what.
type lookout struct {
	wanted   []project.Published
	ours     State
	running  []Container
	local    bool
	promised map[uint16]bool // suggested for another port already
	sockets  *sockets        // read once, when first needed
}

func (l *lookout) port(w project.Published) WantedPort {
	port := WantedPort{Published: w, Holders: map[uint16]Holder{}}
	for n := int(w.Low); n <= int(w.High); n++ {
		if l.published(w, uint16(n)) {
			continue
		}
		if h, taken := l.holder(w.IP, uint16(n), w.Proto); taken {
			port.Holders[uint16(n)] = h
		}
	}
	if len(port.Holders) > 0 {
		port.Next = l.next(w)
	}
	return port
}

// published reports whether a container of this project has the port already.
func (l *lookout) published(w project.Published, n uint16) bool {
	for _, set := range l.ours.Containers {
		if slices.ContainsFunc(set, func(c Container) bool { return publishes(c, w.IP, n, w.Proto) }) {
			return true
		}
	}
	return false
}

func publishes(c Container, ip string, n uint16, proto string) bool {
	for _, p := range c.Ports {
		if p.Host == n && p.Proto == proto && Overlap(p.IP, ip) {
			return true
		}
	}
	return false
}

// holder is who has a port that none of our containers publishes.
func (l *lookout) holder(ip string, n uint16, proto string) (Holder, bool) {
	for _, c := range l.running {
		if publishes(c, ip, n, proto) {
			return Holder{Container: c.Name, Project: c.Project, Service: c.Service}, true
		}
	}
	if !l.local {
		return Holder{}, false
	}
	switch tryBind(ip, n, proto) {
	case bindTaken:
		return l.process(ip, n, proto), true
	case bindNoAddress:
		return Holder{NoAddress: true}, true
	}
	return Holder{}, false
}

func (l *lookout) process(ip string, n uint16, proto string) Holder {
	if l.sockets == nil {
		l.sockets = readSockets()
	}
	return l.sockets.owner(ip, n, proto)
}

// attempts bounds the search for a free port.
const attempts = 100

// next is the first port above w that nobody has, wants or was promised.
func (l *lookout) next(w project.Published) uint16 {
	for n := int(w.High) + 1; n <= min(int(w.High)+attempts, 65535); n++ {
		port := uint16(n)
		if l.promised[port] || l.isWanted(port) || l.published(w, port) {
			continue
		}
		if _, taken := l.holder(w.IP, port, w.Proto); !taken {
			l.promised[port] = true
			return port
		}
	}
	return 0
}

func (l *lookout) isWanted(n uint16) bool {
	return slices.ContainsFunc(l.wanted, func(w project.Published) bool { return w.Low <= n && n <= w.High })
}

// Overlap reports whether two host addresses cannot have the same port: equal,
// or one of them stands for all. "" is every address.
func Overlap(a, b string) bool { return a == b || isEvery(a) || isEvery(b) }

func isEvery(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	return err != nil || addr.IsUnspecified()
}
