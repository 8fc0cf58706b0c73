package sandbox

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// The ports that stacks of their own get: below those that Linux gives to
// connections by itself, above those that are somebody's by custom.
const (
	FirstPort = 20000
	LastPort  = 29999
)

// Port is a port of the host that a stack needs one of its own for.
type Port struct {
	Key      string // the same in each load of the same files
	Service  string
	Index    int // among the service's ports
	Target   uint16
	Proto    string
	Variable string // that gives it; "" where none does
	Was      uint16 // what the files have, the first of a range; 0 where the engine would choose
	Count    uint16 // how many in a row
}

// PortsOf are the ports that the enabled services publish, by service. Those that the
// engine would choose are among them: they move when a container is started again.
func PortsOf(p *project.Project) (list []Port) {
	published := p.Published()
	for _, name := range p.Services() {
		s := p.Model.Services[name]
		if s.NetworkMode == "host" || s.NetworkMode == "none" || p.Replicas(name) == 0 {
			continue
		}
		for i, port := range s.Ports {
			one := Port{Service: name, Index: i, Target: uint16(port.Target), Proto: port.Protocol, Count: uint16(p.Replicas(name)),
				Key: fmt.Sprintf("%s:%d/%s", name, port.Target, port.Protocol)}
			at := slices.IndexFunc(published, func(w project.Published) bool { return isOf(w, name, port) })
			if at >= 0 {
				w := published[at]
				one.Was, one.Count, one.Variable = w.Low, max(w.High-w.Low+1, one.Count), w.Origin().Variable
				one.Key = fmt.Sprintf("%s %d", one.Key, w.Low)
			}
			if one.Variable != "" {
				one.Key = one.Variable
			}
			list = append(list, one)
		}
	}
	return list
}

// AbsentOf are the ports that services would publish which the load is not about: those
// that the environment has are another stack's.
func AbsentOf(p *project.Project) (list []Port) {
	others, model := *p, *p.Model
	model.Services, others.Model = model.DisabledServices, &model
	for _, w := range others.Published() {
		list = append(list, Port{Service: w.Service, Target: w.Target, Proto: w.Proto, Was: w.Low, Variable: w.Origin().Variable})
	}
	return list
}

func isOf(w project.Published, service string, port types.ServicePortConfig) bool {
	text := strconv.Itoa(int(w.Low))
	if w.High > w.Low {
		text += "-" + strconv.Itoa(int(w.High))
	}
	return w.Service == service && text == port.Published && uint32(w.Target) == port.Target && w.Proto == port.Protocol && w.IP == port.HostIP
}

// Text is the port as Compose has it, where the first of it is low.
func (p Port) Text(low uint16) string {
	if p.Count > 1 {
		return fmt.Sprintf("%d-%d", low, low+p.Count-1)
	}
	return strconv.Itoa(int(low))
}

// Choose gives each port that has none in chosen yet one that nobody has: free is
// asked for each that is tried. The search begins at a place that depends on seed, so
// that two stacks seldom come to the same. The failure is Preflight where none is left.
func Choose(ports []Port, chosen map[string]uint16, seed string, free func(port uint16) bool) error {
	const room = LastPort - FirstPort + 1
	start, _ := hex.DecodeString(sum(seed)[:8])
	at := int(binary.BigEndian.Uint32(start) % room)
	given := map[uint16]bool{}
	for _, p := range ports {
		for i := range p.Count {
			if low := chosen[p.Key]; low > 0 {
				given[low+i] = true
			}
		}
	}
	fits := func(low, count uint16) bool {
		for i := range count {
			if n := low + i; n > LastPort || given[n] || !free(n) {
				return false
			}
		}
		return true
	}
	tried := 0
	for _, p := range ports {
		for ; chosen[p.Key] == 0; tried++ {
			if tried == room {
				return failure.New(failure.Preflight, "no port from %d to %d is free", FirstPort, LastPort).WithHint("end what has them: mage test:list")
			}
			low := uint16(FirstPort + (at+tried)%room)
			if !fits(low, p.Count) {
				continue
			}
			chosen[p.Key] = low
			for i := range p.Count {
				given[low+i] = true
			}
		}
	}
	return nil
}
