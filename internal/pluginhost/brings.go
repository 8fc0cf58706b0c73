package pluginhost

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

// maxBrings bounds the lines that a lock keeps of one plugin.
const maxBrings = 10 * manifest.MaxList

// brings is what a plugin adds to a stack, a line each: its services with their
// images and published ports by the defaults of its variables, its hooks,
// commands and variables. It is for people, who read it before they trust the
// plugin and in the lock's history; nothing is decided by it.
func (h *Host) brings(ctx context.Context, p *Plugin) ([]string, error) {
	config := configOf(p.Manifest, nil)
	r, err := h.rendered(ctx, p, "", config)
	if err != nil {
		return nil, err
	}
	value := func(name string) (string, bool) { v, ok := config[name]; return v, ok }
	lines := append(servicesOf(p.Manifest, r.Fragment, value), portsOf(r.Fragment, value)...)
	for _, one := range p.Manifest.Hooks {
		lines = append(lines, "hook "+one.Phase+": "+one.Summary)
	}
	for _, one := range p.Manifest.Commands {
		lines = append(lines, "command "+one.Usage(p.Manifest.Name))
	}
	for _, v := range p.Manifest.Variables {
		text := "variable " + v.Name
		if v.Default != "" {
			text += "=" + v.Default
		}
		if v.Secret {
			text += " (secret)"
		}
		lines = append(lines, text)
	}
	for i, line := range lines {
		lines[i] = manifest.Printable(line)
	}
	return lines[:min(len(lines), maxBrings)], nil
}

// servicesOf are the manifest's services, each with the image that the fragment
// has for it.
func servicesOf(m manifest.Manifest, fragment []byte, value func(string) (string, bool)) (lines []string) {
	tree, err := policy.ReadFragment(fragment)
	if err != nil { // which infra:up refuses, and says why
		tree = nil
	}
	services, _ := tree["services"].(map[string]any)
	for _, one := range m.Services {
		text := "service " + one.Name
		if one.Optional {
			text += " (optional)"
		}
		service, _ := services[one.Name].(map[string]any)
		if image, err := filled(policy.Text(service["image"]), value); err == nil && image != "" {
			text += ": " + image
		} else if service["build"] != nil {
			text += ": built here"
		}
		lines = append(lines, text)
	}
	return lines
}

// portsOf are the ports of this machine that the fragment publishes.
func portsOf(fragment []byte, value func(string) (string, bool)) (lines []string) {
	names, err := NamesOf("", fragment, value)
	if err != nil {
		return nil
	}
	for _, p := range names.Ports {
		lines = append(lines, "port "+p.String())
	}
	return lines
}

// news are the lines that only one of two lists has: what is gone, and what is new.
func news(before, now []string) (lines []string) {
	for _, one := range before {
		if !slices.Contains(now, one) {
			lines = append(lines, "- "+one)
		}
	}
	for _, one := range now {
		if !slices.Contains(before, one) {
			lines = append(lines, "+ "+one)
		}
	}
	return lines
}

// String is a published port as one reads it: 127.0.0.1:6390/tcp of queue.
func (p Port) String() string {
	return strings.TrimPrefix(fmt.Sprintf("%s:%d/%s of %s", p.IP, p.Number, p.Protocol, p.Service), ":")
}
