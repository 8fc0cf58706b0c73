package policy

import (
	"path"
	"slices"
	"strings"
)

// Covered says whether one of the granted keys includes key.
func Covered(granted []string, key string) bool {
	return slices.ContainsFunc(granted, func(g string) bool { return Covers(g, key) })
}

// Covers reports whether what was granted includes key: a path includes what lies below it, all capabilities each of them,
// and privileged what the engine gives a privileged container anyway.
func Covers(granted, key string) bool {
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
	case whole == "*":
		return slices.Contains([]string{"volume", "publish", "subnet", "address", "alias", "logging", "tag", "annotation", "network-option"}, kind)
	case kind == "mount", kind == "device":
		return Below(whole, what)
	}
	return false
}

// Below says whether the path lies in dir, both with slashes.
func Below(dir, at string) bool {
	dir, at = path.Clean(dir), path.Clean(at)
	if dir == "." { // the repository
		return !path.IsAbs(at) && !strings.HasPrefix(at, "~")
	}
	return dir == at || strings.HasPrefix(at, strings.TrimSuffix(dir, "/")+"/")
}
