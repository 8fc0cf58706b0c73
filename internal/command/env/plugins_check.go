package env

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/plugins"
)

// prefixesOf are what the variables of a plugin begin with: its name, and what
// Milvus has besides.
func prefixesOf(plugin string) []string {
	if plugin == "milvus" {
		return []string{plugins.Prefix(plugin), "ETCD_"}
	}
	return []string{plugins.Prefix(plugin)}
}

// idle are the prefixes of the variables of plugins that are not in the stack.
// Nothing is launched to know them: only names are looked at.
func idle(ctx context.Context, d *load.EnvContext, g plugins.Declarations) (prefixes []string) {
	host, err := plugins.Host(ctx, d.Run, d.Layout)
	if err != nil {
		return nil // who needs a plugin says so
	}
	known, err := host.Known()
	if err != nil {
		return nil
	}
	for _, k := range known {
		if !slices.ContainsFunc(g.Plugins, func(p *pluginhost.Plugin) bool { return p.Manifest.Name == k.Name }) {
			prefixes = append(prefixes, prefixesOf(k.Name)...)
		}
	}
	return prefixes
}

// plugins adds what is wrong with the plugins of the environment, and what they
// find wrong with their values.
func (c *checkResult) plugins(ctx context.Context, d *load.EnvContext, g plugins.Declarations, secrets environ.Secrets) {
	for _, b := range g.Broken {
		c.findings = append(c.findings, c.cannotBeHad(d, b))
	}
	if len(g.Plugins) == 0 {
		c.findings = finding.Sort(c.findings)
		return
	}
	session := g.Host.Open()
	defer session.Close()
	for _, p := range g.Plugins {
		limited, cancel := context.WithTimeout(ctx, execute.ProbeTimeout)
		config, _ := plugins.Values(p, c.environment.Values(d.Shell), d.Shell)
		found, err := session.Validate(limited, p, config)
		cancel()
		if err != nil {
			c.note("plugin " + p.Manifest.Name + " did not check its values: " + err.Error())
		}
		for _, one := range found {
			c.findings = append(c.findings, c.refusedBy(d, p.Manifest.Name, one, secrets))
		}
	}
	c.findings = finding.Sort(c.findings)
}

// cannotBeHad is a plugin that is not there, or is not what it should be.
func (c *checkResult) cannotBeHad(d *load.EnvContext, b plugins.Broken) finding.Finding {
	f := c.ofVariable(d, environ.EnabledPlugins)
	f.Message, f.Remedy = plugins.FirstLine(b.Err)+byShell(d, environ.EnabledPlugins), "mage plugin:list shows the plugins"
	var known *failure.Error
	if !errors.As(b.Err, &known) {
		return f
	}
	for _, detail := range known.Details {
		if strings.HasPrefix(detail, "did you mean ") {
			f.Remedy = detail + " " + f.Remedy
			return f
		}
	}
	f.Remedy = cmp.Or(known.Hint, f.Remedy)
	return f
}

// refusedBy is what a plugin says of a value. It gets no secret, but what it
// quotes may be made of one.
func (c *checkResult) refusedBy(d *load.EnvContext, plugin string, found manifest.Diagnostic, secrets environ.Secrets) finding.Finding {
	f := c.ofVariable(d, found.Path)
	if found.Warning {
		f.Severity = finding.Warning
	}
	f.Message, f.Remedy = plugins.Source(plugin)+": "+found.Summary, cmp.Or(found.Hint, "mage plugin:info "+plugin)
	if secrets.Hides(cmp.Or(found.Path, environ.EnabledPlugins), found.Summary+found.Hint) {
		f.Message, f.Remedy = plugins.Source(plugin)+" refuses the value of "+cmp.Or(found.Path, "a variable"), "mage plugin:info "+plugin
	}
	f.Message += byShell(d, found.Path)
	return f
}

// byShell tells a value that no file can be corrected for.
func byShell(d *load.EnvContext, name string) string {
	if _, inShell := d.Shell(name); inShell && name != "" {
		return " (" + name + " of the shell)"
	}
	return ""
}

// ofVariable starts an error about a variable: at the line that counts, if the
// environment's file has one and the shell does not win.
func (c *checkResult) ofVariable(d *load.EnvContext, name string) finding.Finding {
	f := finding.Finding{Severity: finding.Error, Code: envcheck.CodePlugin, File: c.environment.File, Variable: name}
	if _, inShell := d.Shell(name); inShell {
		return f
	}
	for _, entry := range c.environment.Document.Entries {
		if entry.Name == name && name != "" {
			f.Line = entry.Line
		}
	}
	return f
}
