package infra

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// takenPorts: somebody else has what a service wants.
func takenPorts(p *project.Project, _ observe.State, f observe.Facts) []obstacle {
	var list []obstacle
	for _, port := range f.Ports {
		if !port.Taken() {
			continue
		}
		first := slices.Min(slices.Collect(maps.Keys(port.Holders)))
		holder := port.Holders[first]
		if holder.NoAddress {
			list = append(list, obstacle{fmt.Sprintf("port %s of %s is to listen on %s, which is no address of this machine", port, port.Service, port.IP),
				"write 127.0.0.1, or 0.0.0.0, in " + port.Origin().String()})
			continue
		}
		list = append(list, obstacle{fmt.Sprintf("port %s of %s is taken by %s", port, port.Service, who(holder)), remedy(p, port)})
	}
	return list
}

func who(h observe.Holder) string {
	switch {
	case h.Service != "":
		return fmt.Sprintf("service %s of project %s", h.Service, h.Project)
	case h.Container != "":
		return "container " + h.Container
	case h.Command != "":
		return fmt.Sprintf("%s (pid %d)", h.Command, h.PID)
	}
	return "another program"
}

// remedy names the variable to change, or the line.
func remedy(p *project.Project, port observe.WantedPort) string {
	next := "another port"
	if port.Next > 0 {
		next = strconv.Itoa(int(port.Next))
		if port.High > port.Low {
			next += "-" + strconv.Itoa(int(port.Next)+int(port.High-port.Low))
		}
	}
	switch {
	case port.Origin().Variable != "" && port.Next > 0:
		return p.Setting(port.Origin().Variable, next)
	case port.Origin().Variable != "":
		return p.Setting(port.Origin().Variable, "")
	case port.Origin().File != "":
		return fmt.Sprintf("publish %s instead, in %s", next, port.Origin())
	}
	return fmt.Sprintf("publish %s instead", next)
}

// samePorts: two services, or the replicas of one, want the same port.
func samePorts(p *project.Project, _ observe.State, f observe.Facts) []obstacle {
	var list []obstacle
	for i, a := range f.Ports {
		if int(a.High-a.Low)+1 < a.Replicas {
			list = append(list, obstacle{fmt.Sprintf("%d replicas of %s want port %s", a.Replicas, a.Service, a), widen(a.Published)})
		}
		for _, b := range f.Ports[:i] {
			if clash(a.Published, b.Published) {
				list = append(list, obstacle{fmt.Sprintf("%s and %s both want port %s", b.Service, a.Service, a), apart(p, a)})
			}
		}
	}
	return list
}

// clash: no two ports are left for both. Ranges that overlap have room.
func clash(a, b project.Published) bool {
	single := a.Low == a.High && b.Low == b.High
	return single && a.Low == b.Low && a.Proto == b.Proto && observe.Overlap(a.IP, b.IP)
}

func widen(w project.Published) string {
	text := fmt.Sprintf("publish a range, %d-%d:%d", w.Low, int(w.Low)+w.Replicas-1, w.Target)
	if w.Origin().File != "" {
		text += ", in " + w.Origin().String()
	}
	return text
}

func apart(p *project.Project, a observe.WantedPort) string {
	if a.Origin().Variable != "" {
		return p.Setting(a.Origin().Variable, "…")
	}
	if a.Origin().File != "" {
		return "publish another port in " + a.Origin().String()
	}
	return "publish another port"
}
