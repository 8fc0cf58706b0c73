package infra

import (
	"fmt"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/units"
)

// noMemory: a service asks for more than the engine's machine has.
func noMemory(p *project.Project, _ observe.State, f observe.Facts) []obstacle {
	var list []obstacle
	for _, name := range p.Services() {
		if asked := reservation(p.Model.Services[name]); f.Engine.MemTotal > 0 && asked > f.Engine.MemTotal {
			list = append(list, obstacle{fmt.Sprintf("service %s reserves %s of memory, and the engine has %s", name, units.Binary(uint64(asked)), units.Binary(uint64(f.Engine.MemTotal))),
				"lower deploy.resources.reservations.memory of " + name})
		}
	}
	return list
}

func reservation(s types.ServiceConfig) int64 {
	if s.Deploy != nil && s.Deploy.Resources.Reservations != nil && s.Deploy.Resources.Reservations.MemoryBytes > 0 {
		return int64(s.Deploy.Resources.Reservations.MemoryBytes)
	}
	return int64(s.MemReservation)
}

func limit(s types.ServiceConfig) int64 {
	if s.Deploy != nil && s.Deploy.Resources.Limits != nil && s.Deploy.Resources.Limits.MemoryBytes > 0 {
		return int64(s.Deploy.Resources.Limits.MemoryBytes)
	}
	return int64(s.MemLimit)
}

// Warnings are what does not stop infra:up, a line each.
func Warnings(p *project.Project, _ observe.State, f observe.Facts) []string {
	var list []string
	if d := f.Disk; d.Path != "" && d.Free >= leastDisk && d.Free < spaciousDisk {
		list = append(list, fmt.Sprintf("%s are free in %s, where Docker keeps images and volumes", units.Binary(d.Free), d.Path))
	}
	sum := int64(0)
	for _, name := range p.Services() {
		sum += limit(p.Model.Services[name]) * int64(p.Replicas(name))
	}
	if total := f.Engine.MemTotal; total > 0 && sum > total {
		list = append(list, fmt.Sprintf("the memory limits of all services come to %s, and the engine has %s", units.Binary(uint64(sum)), units.Binary(uint64(total))))
	}
	for _, file := range f.Files {
		if file.Missing && file.Use == observe.BindMount && file.Create && !looksLikeFile(file) {
			list = append(list, p.Short(file.Path)+" is not there: Docker will create it as an empty directory of root's")
		}
	}
	return list
}
