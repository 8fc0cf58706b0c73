package infra

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// The formats of Graph.
const (
	Mermaid = "mermaid"
	DOT     = "dot"
)

// Graph is the dependency graph of the enabled services as text: an arrow from
// each service to what it depends on, with the condition on it, dashed where
// the dependency is not required. An empty format is Mermaid.
func Graph(p *project.Project, format string) (string, error) {
	switch format {
	case Mermaid, "":
		return mermaid(p), nil
	case DOT:
		return dot(p), nil
	}
	return "", failure.New(failure.Usage, "no graph format %q", format).WithHint("formats are: %s, %s", Mermaid, DOT)
}

// mermaid numbers the services, because names such as "end" are words of its
// language. Source: https://mermaid.js.org/syntax/flowchart.html.
func mermaid(p *project.Project) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	names := p.Services()
	for i, name := range names {
		fmt.Fprintf(&b, "  s%d[\"%s\"]\n", i, escapeMermaid(name))
	}
	for i, name := range names {
		for _, d := range p.Dependencies(name) {
			fmt.Fprintf(&b, "  s%d %s|%s| s%d\n", i, mermaidArrow(d), edgeLabel(d), slices.Index(names, d.On))
		}
	}
	return b.String()
}

func mermaidArrow(d project.Dependency) string {
	if d.Required {
		return "-->"
	}
	return "-.->"
}

// escapeMermaid writes what a quoted label may not hold as entity codes.
func escapeMermaid(s string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "`", "#96;", "\n", " ").Replace(s)
}

// dot is Graphviz' language. Source: https://graphviz.org/doc/info/lang.html.
func dot(p *project.Project) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", quoteDOT(p.Name))
	b.WriteString("  rankdir=LR\n  node [shape=box style=rounded fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\" fontsize=10]\n")
	for _, name := range p.Services() {
		fmt.Fprintf(&b, "  %s\n", quoteDOT(name))
	}
	for _, name := range p.Services() {
		for _, d := range p.Dependencies(name) {
			fmt.Fprintf(&b, "  %s -> %s [label=%s%s]\n", quoteDOT(name), quoteDOT(d.On), quoteDOT(edgeLabel(d)), dotStyle(d))
		}
	}
	b.WriteString("}\n")
	return b.String()
}

func dotStyle(d project.Dependency) string {
	if d.Required {
		return ""
	}
	return " style=dashed"
}

func quoteDOT(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ").Replace(s) + `"`
}

// edgeLabel is a condition in one word, with what else the arrow means.
func edgeLabel(d project.Dependency) string {
	label := map[string]string{
		"service_started":                "started",
		"service_healthy":                "healthy",
		"service_completed_successfully": "completed",
	}[d.Condition]
	if label == "" {
		label = strings.TrimPrefix(d.Condition, "service_")
	}
	if d.Restart {
		label += ", restart"
	}
	if !d.Required {
		label += ", optional"
	}
	return label
}
