package local

import (
	"bytes"
	"os"
	"slices"
	"strconv"
)

// below are the process groups of what a process has started, at any depth, other than
// its own: a tool that is ended may leave behind what it has put into a group of its own.
// What has made a session of its own is meant to go on without it, as who holds a stack
// for tests.
func below(leader int) (groups []int) {
	type process struct{ id, parent, group, session int }
	var all []process
	session := 0
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		id, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, _ := os.ReadFile("/proc/" + e.Name() + "/stat") // ID (NAME) STATE PARENT GROUP SESSION …
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) < 4 {
			continue
		}
		p := process{id: id}
		for i, to := range []*int{&p.parent, &p.group, &p.session} {
			*to, _ = strconv.Atoi(string(fields[1+i]))
		}
		if all = append(all, p); id == leader {
			session = p.session
		}
	}
	family := []int{leader}
	for i := 0; i < len(family); i++ {
		for _, p := range all {
			if p.parent != family[i] || p.session != session || p.group <= 1 {
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
