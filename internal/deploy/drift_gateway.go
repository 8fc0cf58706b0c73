package deploy

import (
	"fmt"
	"maps"
	"slices"

	"github.com/infinitescribe/spellbook/internal/gateway"
)

// GatewayDrifts compares a running gateway with what its configuration says: which
// slots get requests, where they lead, and maintenance. container is the gateway's.
func GatewayDrifts(slots gateway.Slots, maintenance bool, now gateway.Observed, container string) []Drift {
	var list []Drift
	say := func(name, format string, args ...any) {
		list = append(list, Drift{DriftRuntime, name, fmt.Sprintf(format, args...), "on the server: docker restart " + container})
	}
	if now.Maintenance != maintenance {
		say("maintenance", "is on: %t, and was to be: %t", now.Maintenance, maintenance)
	}
	for _, backend := range slices.Sorted(maps.Keys(slots)) {
		for i, server := range slots[backend] {
			slot := string(rune('a' + i))
			is := now.Slot(backend, slot)
			switch {
			case is.Ready != (server.State == gateway.Ready):
				say(backend, "slot %s gets requests: %t, and was to be %s", slot, is.Ready, server.State)
			case is.Ready && !is.At(server.Address):
				say(backend, "slot %s leads to %s:%d, not to %s", slot, is.Name, is.Port, server.Address)
			}
		}
	}
	return list
}
