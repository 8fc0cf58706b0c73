package task

import (
	"slices"
	"strings"
)

// Base are the variables that every task sees where they are set: what programs need
// to be found, to find their user's files and to write his language. All others are
// withheld unless the task names them.
var Base = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_*", "TZ", "TMPDIR",
	"SystemRoot", "ComSpec", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "ProgramData",
}

// engineBase is what tasks see besides that use the Docker engine: where it is.
var engineBase = []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_API_VERSION"}

// Environ is what the task's commands see of environ (KEY=value), sorted: each
// variable once, with the value that counts.
func (t Task) Environ(environ []string) []string {
	seen := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if name != "" && (named(Base, name) || named(t.Env, name) || t.Engine && named(engineBase, name)) {
			seen[name] = value
		}
	}
	for _, pair := range t.Set {
		name, value, _ := strings.Cut(pair, "=")
		seen[name] = value
	}
	out := make([]string, 0, len(seen))
	for name, value := range seen {
		out = append(out, name+"="+value)
	}
	slices.Sort(out)
	return out
}

func named(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		prefix, open := strings.CutSuffix(n, "*")
		return n == name || open && strings.HasPrefix(name, prefix)
	})
}
