package manifest

import (
	"strings"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Printable is a text of unknown origin on one line of a terminal.
func Printable(s string) string {
	return Cut(strings.Map(func(r rune) rune {
		if IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s))
}

// ReadsKey is the permission to be given a variable that is not the plugin's own.
func ReadsKey(name string) string { return pluginv1.VariablePermission + name }
