// Package targets holds the public Mage targets, one file a namespace. It is
// an ordinary package: any repository's magefile can import it and set Layout.
// A target parses nothing and decides nothing: it makes one call into
// internal/workflow.
package targets

import (
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/workflow"
)

// Layout says where the repository keeps its files. A magefile of another
// repository sets what differs in its init function:
//
//	func init() { targets.Layout.ComposeDir = "deploy" }
var Layout project.Layout

func flow() *workflow.Workflow { return workflow.FromOS(Layout) }

// list splits a flag like -services=a,b. One that is given and names nothing,
// as an unset variable of a shell makes it, is the one name "", which nothing
// has: nil means everything.
func list(flag *string) []string {
	if flag == nil {
		return nil
	}
	var names []string
	for _, name := range strings.Split(*flag, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return []string{""}
	}
	return names
}

// value is a flag's value, its zero value when it was not given.
func value[T string | bool | int | time.Duration](flag *T) T {
	var zero T
	if flag == nil {
		return zero
	}
	return *flag
}
