package sdk

import (
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Check finds the mistakes that an author can make in a Plugin value. An empty
// list is none. It belongs into a plugin's own test; the conformance kit does
// the same to the binary.
func Check(p Plugin) []Diagnostic {
	m := ToManifest(p)
	found := &findings{}
	found.functions(p)
	found.list = append(found.list, CheckManifest(m)...)
	fragment := p.Fragment
	if p.Render != nil {
		rendered, diagnostics := p.Render(newServer(p, nil).config(nil))
		fragment = rendered
		found.list = append(found.list, diagnostics...)
	}
	if fragment != "" {
		found.list = append(found.list, CheckFragment(m, []byte(fragment))...)
	}
	return found.list
}

// findings gathers diagnostics.
type findings struct{ list []Diagnostic }

func (f *findings) add(code, path, format string, args ...any) {
	f.list = append(f.list, Diagnostic{Code: code, Path: path, Summary: fmt.Sprintf(format, args...)})
}

func (f *findings) warn(code, path, summary string) {
	f.add(code, path, "%s", summary)
	f.list[len(f.list)-1].Warning = true
}

// functions are what a manifest cannot show.
func (f *findings) functions(p Plugin) {
	switch {
	case p.Fragment == "" && p.Render == nil:
		f.add("NO_FRAGMENT", "Fragment", "there is neither Fragment nor Render")
	case p.Fragment != "" && p.Render != nil:
		f.warn("UNUSED_FRAGMENT", "Fragment", "Render wins over Fragment, which nobody reads")
	}
	if (p.Backup == nil) != (p.Restore == nil) {
		f.add("HALF_A_BACKUP", "Backup", "Backup and Restore come together")
	}
	for _, h := range p.Hooks {
		if h.Run == nil {
			f.add("NO_FUNCTION", "hooks."+phaseWord(h.Phase.proto()), "the hook has no Run")
		}
	}
	for _, c := range p.Commands {
		if c.Run == nil {
			f.add("NO_FUNCTION", "commands."+c.Name, "the command has no Run")
		}
	}
	for _, v := range p.Variables {
		if v.Generate < 0 {
			f.add("BAD_GENERATE", "variables."+v.Name, "Generate is a length, and not %d", v.Generate)
		}
	}
}

func phaseWord(p pluginv1.Phase) string {
	return strings.ToLower(strings.TrimPrefix(p.String(), "PHASE_"))
}

// unique finds the second of two names. fold is for what Mage does not tell
// apart.
func (f *findings) unique(kind string, names []string, fold bool) {
	seen := map[string]bool{}
	for _, name := range names {
		key := name
		if fold {
			key = strings.ToLower(name)
		}
		if seen[key] {
			f.add("DUPLICATE", kind+"."+name, "%s is there twice", name)
		}
		seen[key] = true
	}
}

// names of a manifest's messages.
func names[T interface{ GetName() string }](list []T) []string {
	all := make([]string, 0, len(list))
	for _, one := range list {
		all = append(all, one.GetName())
	}
	return all
}
