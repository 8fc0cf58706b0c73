package pluginhost

import (
	"path"
	"slices"
	"strings"
)

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
	case whole == "*":
		return slices.Contains([]string{"volume", "publish", "subnet", "address", "alias", "logging", "tag", "annotation", "network-option"}, kind)
	case kind == "mount", kind == "device":
		return below(whole, what)
	}
	return false
}

// below says whether the path lies in dir, both with slashes.
func below(dir, at string) bool {
	dir, at = path.Clean(dir), path.Clean(at)
	if dir == "." { // the repository
		return !path.IsAbs(at) && !strings.HasPrefix(at, "~")
	}
	return dir == at || strings.HasPrefix(at, strings.TrimSuffix(dir, "/")+"/")
}
