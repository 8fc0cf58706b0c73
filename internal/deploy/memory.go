package deploy

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/units"
)

// CheckMemory refuses a release that would not fit beside the one that serves: until
// it is switched to both run, and it is taken to need what the other uses now. used
// are the bytes of each service, available what the server can give. A service that
// the one that serves has not yet, or that reserves more, needs its mem_reservation.
// What ends by itself or must not run twice is not counted.
func CheckMemory(p *project.Project, r Release, used map[string]int64, available int64) error {
	var need int64
	var services []string
	for _, name := range slices.Sorted(maps.Keys(r.Services)) {
		if s := r.Services[name]; s.OneShot || s.StopFirst {
			continue
		}
		services = append(services, name)
		need += max(used[name], int64(p.Model.Services[name].MemReservation), reserved(p, name))
	}
	if need <= available {
		return nil
	}
	return failure.New(failure.Preflight, "the release needs about %s beside the one that serves (%s), and the server has %s available",
		units.SizeOf(need), strings.Join(services, ", "), units.SizeOf(available)).
		WithHint("free memory there, or write x-spellbook: {rollout: stop-first} to a service that may stop before its next container starts")
}

// reserved is what deploy.resources.reservations.memory says.
func reserved(p *project.Project, name string) int64 {
	d := p.Model.Services[name].Deploy
	if d == nil || d.Resources.Reservations == nil {
		return 0
	}
	return int64(d.Resources.Reservations.MemoryBytes)
}

// AvailableMemory reads MemAvailable of /proc/meminfo, in bytes; 0 where it is not
// there.
func AvailableMemory(meminfo string) int64 {
	for line := range strings.Lines(meminfo) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "MemAvailable:" {
			return kibibytes(fields[1])
		}
	}
	return 0
}

func kibibytes(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64>>10 {
		return 0
	}
	return n << 10
}
