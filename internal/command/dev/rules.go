package dev

import (
	"cmp"
	"os"
	"strings"

	"github.com/infinitescribe/spellbook/internal/develop"
)

// ownRule is what happens to a service that does not say it itself.
const ownRule = "rebuilt and restarted when what its image is made from changes"

// tellRules says which rule each service goes by.
func (d *watcher) tellRules() {
	width := 0
	for _, name := range d.world.services {
		width = max(width, len(name))
	}
	for _, name := range d.world.services {
		words := ownRule
		if list := d.world.rules[name]; len(list) > 0 {
			var each []string
			for _, r := range list {
				each = append(each, d.ruleText(r))
				if r.Mounted != "" {
					d.w.Tell("warning: service %s: %s is bind-mounted at %s already, so nothing is sent there", name, d.short(r.Path), r.Mounted)
				}
			}
			words = "develop.watch: " + strings.Join(each, ", ")
		}
		d.say("%-*s  %s", width, name, words)
	}
}

func (d *watcher) ruleText(r develop.Rule) string {
	text := string(r.Action) + " " + d.short(r.Path)
	if r.Sends() {
		text += " to " + r.Target
	}
	return text
}

// short is a path as the user would type it; the repository itself is a dot.
func (d *watcher) short(path string) string {
	return cmp.Or(strings.TrimSuffix(d.world.stack.Project.Short(path), "/"), ".")
}

func isDir(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}
