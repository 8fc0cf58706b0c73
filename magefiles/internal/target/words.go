package target

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/usage"
)

// init comes before Mage's main, which is generated and reads os.Args: it makes
// the words of the call into those that Mage understands, or ends the process
// where it has nothing to run. It needs the table that the launcher writes
// beside the binary; without one, as under mage itself, Mage answers alone.
func init() { //nolint:gochecknoinits // nothing else of ours runs before Mage's main
	program, err := os.Executable()
	if err != nil {
		return
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(program), "targets"))
	if err != nil {
		return
	}
	table := usage.Parse(string(text))
	if len(table.Targets) == 0 { // the launcher is of another time, or the file is no table
		return
	}
	call, err := table.Understand(os.Args[1:])
	if err != nil {
		refuse(err)
	}
	if call.Show == usage.Nothing {
		os.Args = append(os.Args[:1:1], call.Words...)
		return
	}
	answer(table, call)
}

func refuse(err error) {
	_, _ = fmt.Fprintln(os.Stderr, "Error: "+report.Hang(spelling().Spell(err.Error()), app.Width(os.Stderr), len("Error: ")))
	os.Exit(int(failure.CodeOf(err)))
}

// spelling is how this process was called, by a script of package.json as well.
func spelling() app.Spelling { return app.SpellingOf(os.Environ(), ".", app.TargetOf(os.Args)) }

// listing is what Run shows instead of running a target, see answer.
var listing func(*app.Run) error

// answer shows what a call wants to see. The list leaves out the commands of
// plugins that are not enabled; where the environment is that says so is known
// only when the magefile's own init has run, so Mage runs a target of ours,
// whose Run then shows the list.
func answer(table usage.Table, call usage.Call) {
	screen := usage.Screen{Writer: os.Stdout, Width: app.Width(os.Stdout), Spell: spelling().Spell}
	var err error
	switch {
	case call.Show == usage.Version:
		_, err = screen.Write([]byte(versions()))
	case call.Show == usage.Help || call.Subject != "":
		err = table.Help(screen, call.Subject)
	case len(table.Plugins()) > 0 && ours(table) != "":
		listing = func(w *app.Run) error { return table.List(screen, disabled(w, table)) }
		os.Args = []string{os.Args[0], ours(table)}
		return
	default:
		err = table.List(screen, nil)
	}
	exit(err)
}

func exit(err error) {
	if err != nil && app.IgnoreClosedPipe(err) != nil {
		_, _ = fmt.Fprintln(os.Stderr, "Error: "+err.Error())
		os.Exit(1)
	}
	os.Exit(0)
}

// ours is the target plugin:list, which every repository has that has commands
// of plugins, and which changes nothing.
func ours(table usage.Table) string {
	for _, t := range table.Targets {
		if strings.HasSuffix(t.Package, module+"/magefiles/targets/plugin") && strings.HasSuffix(strings.ToLower(t.Name), "plugin:list") {
			return t.Name
		}
	}
	return ""
}

// disabled are the plugins with commands that are not enabled; none where it
// cannot be known.
func disabled(w *app.Run, table usage.Table) []string {
	enabled, err := plugins.Names(w, w.ProjectLayout())
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(table.Plugins(), func(name string) bool { return slices.Contains(enabled, name) })
}

const module = "github.com/infinitescribe/spellbook"

// versions are those of Spellbook, of Mage and of Go that this was built with.
func versions() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown\n"
	}
	text := ""
	for _, of := range []struct{ name, path string }{{"Spellbook", module}, {"Mage", "github.com/magefile/mage"}} {
		for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
			if m.Path != of.path {
				continue
			}
			version := m.Version
			if m.Replace != nil {
				version = strings.TrimSpace(m.Replace.Path + " " + m.Replace.Version)
			}
			text += of.name + " " + version + "\n"
		}
	}
	return text + "Go " + strings.TrimPrefix(info.GoVersion, "go") + "\n"
}
