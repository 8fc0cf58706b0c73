package usage

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/report"
)

// Screen is where help and lists are written to.
type Screen struct {
	io.Writer
	Width int                 // lines are broken at that column; 0 breaks none
	Spell func(string) string // writes the commands of a text as the user calls them
}

// Usage is the target with what it takes, in one line:
// infra:exec <service> <command>, infra:logs [-services=TEXT] [-follow].
func (t Target) Usage() string {
	text := t.Name
	for _, argument := range t.Arguments {
		text += " <" + argument.Name + ">"
	}
	for _, flag := range t.Flags {
		text += " [" + flag.spelling() + "]"
	}
	return text
}

// spelling is a flag as it is typed: -tail=N, -dry.
func (w Word) spelling() string {
	if w.Type == "bool" {
		return "-" + w.Name
	}
	return "-" + w.Name + "=" + w.placeholder()
}

func (w Word) placeholder() string {
	switch w.Type {
	case "int", "float64":
		return "N"
	case "duration":
		return "5m30s"
	}
	return "TEXT"
}

// Help writes what a target takes, or which targets a namespace has; without a
// subject how targets are called, and the namespaces.
func (t Table) Help(out Screen, subject string) error {
	switch target := t.Find(subject); {
	case target != nil:
		return t.helpTarget(out, *target)
	case subject != "":
		return t.write(out, t.in(subject), nil)
	}
	text := report.Hang(strings.Replace(out.Spell("Usage: mage -h TARGET"), "-h TARGET", "TARGET [ARGUMENT …] [-FLAG=VALUE …] [TARGET …]", 1), out.Width, 0) + "\n\n"
	for _, words := range [][2]string{{"-l", "lists the targets"}, {"-h TARGET", "says what a target takes; TARGET -h and help TARGET too"},
		{"-h NAMESPACE", "lists the targets of a namespace: " + strings.Join(t.namespaces(), ", ")},
		{"-version", "the versions of Spellbook, Mage and Go"}, {"-t=5m30s TARGET", "ends the target after that time"}, {"-v TARGET", "says which target runs"}} {
		text += row(words[0], len("-t=5m30s TARGET"), words[1], out.Width)
	}
	_, err := io.WriteString(out, text)
	return err
}

func (t Table) namespaces() (list []string) {
	for _, target := range t.Targets {
		if n := target.Namespace(); n != "" && !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

func (t Table) helpTarget(out Screen, target Target) error {
	_, about, _ := strings.Cut(strings.TrimSpace(unquote(target.comment)), " ")
	text := report.Fold(out.Spell(target.Name+" "+about), out.Width) + "\n\nUsage:\n" +
		report.Hang("  "+out.Spell("mage "+target.Usage()), out.Width, 0) + "\n"
	if len(target.Flags) > 0 {
		text += "\nFlags:\n"
		longest, docs := 0, target.flagDocs()
		for _, flag := range target.Flags {
			longest = max(longest, len(flag.spelling()))
		}
		for _, flag := range target.Flags {
			text += row(flag.spelling(), longest, docs[flag.Name], out.Width)
		}
	}
	var aliases []string
	for alias, of := range t.Aliases {
		if strings.EqualFold(of, target.Name) {
			aliases = append(aliases, alias)
		}
	}
	if slices.Sort(aliases); len(aliases) > 0 {
		text += "\nAliases: " + strings.Join(aliases, ", ") + "\n"
	}
	_, err := io.WriteString(out, text)
	return err
}

// List writes all targets by namespace, but those of the plugins in hidden,
// which it names at the end.
func (t Table) List(out Screen, hidden []string) error {
	if err := t.write(out, t.Targets, hidden); err != nil {
		return err
	}
	text := "\n" + out.Spell("mage -h TARGET says what a target takes.") + "\n"
	if len(hidden) > 0 {
		text += report.Fold(out.Spell("Left out are the commands of plugins that are not enabled: "+strings.Join(hidden, ", ")+
			". mage plugin:enable NAME changes that."), out.Width) + "\n"
	}
	_, err := io.WriteString(out, text)
	return err
}

// write writes targets below a heading for each namespace; those without one
// come last.
func (t Table) write(out Screen, targets []Target, hidden []string) error {
	longest, shown := 0, slices.DeleteFunc(slices.Clone(targets), func(t Target) bool { return slices.Contains(hidden, strings.ToLower(t.Namespace())) })
	for _, target := range shown {
		longest = max(longest, len(target.Name))
	}
	slices.SortStableFunc(shown, func(a, b Target) int {
		x, y := a.Namespace(), b.Namespace()
		if (x == "") != (y == "") {
			return len(y) - len(x)
		}
		return strings.Compare(x, y)
	})
	var b strings.Builder
	for i, target := range shown {
		if n := target.Namespace(); i == 0 || n != shown[i-1].Namespace() {
			if i > 0 {
				b.WriteString("\n")
			}
			if n == "" {
				n = "without a namespace"
			}
			b.WriteString(n + "\n")
		}
		b.WriteString(row(target.Name, longest, out.Spell(unquote(target.synopsis)), out.Width))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// row is a row of two columns; the second goes on below itself.
func row(name string, longest int, text string, width int) string {
	begin := longest + 4
	if width > begin+20 {
		text = strings.ReplaceAll(report.Fold(text, width-begin), "\n", "\n"+strings.Repeat(" ", begin))
	}
	return strings.TrimRight(fmt.Sprintf("  %-*s  %s", longest, name, text), " ") + "\n"
}

// PluginPackage ends the import path of the commands of plugins, which
// plugin:sync writes.
const PluginPackage = "/magefiles/plugins"

// Plugins are the namespaces that are commands of plugins, in small letters.
func (t Table) Plugins() (list []string) {
	for _, target := range t.Targets {
		if n := strings.ToLower(target.Namespace()); strings.HasSuffix(target.Package, PluginPackage) && !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}
