package infra

import (
	"cmp"
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
				"lower " + reservationKeys(p.Model.Services[name]) + " of " + name})
		}
	}
	return list
}

// deployed are the memory sizes of a service's deploy section, 0 for none.
func deployed(s types.ServiceConfig) (reservation, limit types.UnitBytes) {
	if s.Deploy == nil {
		return 0, 0
	}
	if r := s.Deploy.Resources.Reservations; r != nil {
		reservation = r.MemoryBytes
	}
	if l := s.Deploy.Resources.Limits; l != nil {
		limit = l.MemoryBytes
	}
	return reservation, limit
}

// reservation and limit: where both keys are written, Compose wants them equal.
func reservation(s types.ServiceConfig) int64 {
	below, _ := deployed(s)
	return int64(cmp.Or(below, s.MemReservation))
}

func limit(s types.ServiceConfig) int64 {
	_, below := deployed(s)
	return int64(cmp.Or(below, s.MemLimit))
}

func reservationKeys(s types.ServiceConfig) string {
	below, _ := deployed(s)
	return writtenKeys("mem_reservation", s.MemReservation, "deploy.resources.reservations.memory", below)
}

func limitKeys(s types.ServiceConfig) string {
	_, below := deployed(s)
	return writtenKeys("mem_limit", s.MemLimit, "deploy.resources.limits.memory", below)
}

// writtenKeys are those of two keys that the files have; where they have none,
// the plain one.
func writtenKeys(plain string, size types.UnitBytes, deploy string, below types.UnitBytes) string {
	switch {
	case below == 0:
		return plain
	case size == 0:
		return deploy
	}
	return plain + " and " + deploy
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
