package pluginv1

import (
	"regexp"
	"strings"
	"sync"
)

// MaxPermission is the length in bytes of the longest permission.
const MaxPermission = 256

// VariablePermission begins the permission to be given a variable that is not
// the plugin's own. No manifest lists it: declaring the variable asks for it.
const VariablePermission = "variable:"

// permissionForm: a word, or a kind and what it is about. Commas and spaces
// cannot be part of one, as -grant takes a list.
var permissionForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(privileged|docker\.sock|gpus|realtime|oom_score_adj|cap:[A-Z][A-Z0-9_]*|mount:[./~:][!-+\--~]*|device:[!-+\--~]+|` +
		VariablePermission + `[A-Z][A-Z0-9_]*|` +
		`(network|pid|ipc|uts|userns|cgroup|runtime|security|driver|volume|volumes-from|secret|config|` +
		`publish|subnet|address|alias|network-option|logging|tag|annotation):[!-+\--~]+)$`)
})

// IsPermission says whether a key could be granted.
func IsPermission(key string) bool {
	return len(key) <= MaxPermission && permissionForm().MatchString(key) && !strings.Contains(key, "..")
}
