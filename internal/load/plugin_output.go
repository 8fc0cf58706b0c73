package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
)

// TellPlugin writes what a plugin tells besides its output to standard error.
func TellPlugin(w *app.Run, name string) func(pluginhost.Event) {
	return func(e pluginhost.Event) {
		switch {
		case e.Line != nil:
			PluginLine(w, *e.Line)
		case e.Resource != nil:
			_, _ = fmt.Fprintf(w.Err, "%s: %s %s %s\n", name, e.Resource.Kind, e.Resource.Name, e.Resource.Change)
		case e.Progress != nil:
			_, _ = fmt.Fprintf(w.Err, "%s: %s%s\n", name, e.Progress.Text, parts(*e.Progress))
		}
	}
}

func parts(p pluginhost.Progress) string {
	if p.Total == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d of %d)", p.Done, p.Total)
}

// PluginLine writes a log line of a plugin with its level and name. What only
// its author wants to know is left out, unless SPELLBOOK_DEBUG is set.
func PluginLine(w *app.Run, l pluginhost.Line) {
	level := strings.ToLower(l.Level)
	if (level == "debug" || level == "trace") && w.Getenv("SPELLBOOK_DEBUG") == "" {
		return
	}
	text := fmt.Sprintf("%s: %s: %s", l.Plugin, level, l.Message)
	for _, key := range slices.Sorted(maps.Keys(l.Fields)) {
		text += fmt.Sprintf(" %s=%s", key, l.Fields[key])
	}
	_, _ = fmt.Fprintln(w.Err, text)
}

func FirstLine(err error) string {
	if err == nil {
		return "not found"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
