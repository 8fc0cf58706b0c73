package local

import (
	"bytes"
	"os"
	"slices"
	"strconv"
)

// below are the process groups of what a process has started, at any depth, other than
// its own: a tool that is ended may leave behind what it has put into a group of its own.
func below(leader int) (groups []int) {
	type process struct{ id, parent, group int }
	var all []process
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		id, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, _ := os.ReadFile("/proc/" + e.Name() + "/stat") // ID (NAME) STATE PARENT GROUP …
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) < 3 {
			continue
		}
		parent, _ := strconv.Atoi(string(fields[1]))
		group, _ := strconv.Atoi(string(fields[2]))
		all = append(all, process{id, parent, group})
	}
	family := []int{leader}
	for i := 0; i < len(family); i++ {
		for _, p := range all {
			if p.parent != family[i] {
				continue
			}
			family = append(family, p.id)
			if p.group != leader && !slices.Contains(groups, p.group) {
				groups = append(groups, p.group)
			}
		}
	}
	return groups
}
