package pluginhost

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// permissionKey is how a permission is written: a word, or a kind and what it
// is about. Commas and spaces cannot be part of one, as -grant takes a list.
var permissionKey = regexp.MustCompile(`^(privileged|docker\.sock|gpus|cap:[A-Z][A-Z0-9_]*|mount:[./~:][!-+\--~]*|device:[!-+\--~]+|` +
	`(network|pid|ipc|uts|userns|cgroup|runtime|security|driver|volume|volumes-from|secret|config):[!-+\--~]+)$`)

// isPermission says whether a key could be granted.
func isPermission(key string) bool {
	return len(key) <= maxKey && permissionKey.MatchString(key) && !strings.Contains(key, "..")
}

// covered says whether one of the granted keys includes key.
func covered(granted []string, key string) bool {
	return slices.ContainsFunc(granted, func(g string) bool { return covers(g, key) })
}

// covers: a path includes what lies below it, all capabilities each of them,
// and privileged what the engine gives a privileged container anyway.
func covers(granted, key string) bool {
	if granted == key {
		return true
	}
	kind, what, _ := strings.Cut(key, ":")
	of, whole, found := strings.Cut(granted, ":")
	switch {
	case granted == "privileged":
		return kind == "cap" || kind == "device" || kind == "security"
	case !found || of != kind:
		return false
	case kind == "cap":
		return whole == "ALL"
	case kind == "volume":
		return whole == "*"
	case kind == "mount", kind == "device":
		return below(whole, what)
	}
	return false
}

// below says whether the path lies in dir, both with slashes.
func below(dir, at string) bool {
	dir, at = path.Clean(dir), path.Clean(at)
	return dir == at || strings.HasPrefix(at, strings.TrimSuffix(dir, "/")+"/")
}
