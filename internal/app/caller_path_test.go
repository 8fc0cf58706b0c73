package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestAPathOfAFlagIsTheCallers(t *testing.T) {
	for _, c := range []struct{ caller, path, want string }{
		{"", "x.html", "/root/x.html"},
		{"/root/apps", "x.html", "/root/apps/x.html"},
		{"/root/apps", "../x.html", "/root/x.html"},
		{"/root/apps", "/tmp/./x.html", "/tmp/x.html"},
	} {
		w := &Run{Dir: "/root", Environ: []string{"SPELLBOOK_CALLER_DIR=" + c.caller}}
		if got := w.CallerPath(c.path); got != c.want {
			t.Errorf("%s in %q: got %s, want %s", c.path, c.caller, got, c.want)
		}
	}
}

// A package manager changes into the directory of package.json before it runs a script,
// and says in INIT_CWD where it was called.
func TestAPathOfAScriptsFlagIsTheManagersCallers(t *testing.T) {
	root, apps := t.TempDir(), t.TempDir()
	for _, c := range []struct{ manager, caller, init, want string }{
		{"npm", root, apps, apps},
		{"npm", root, "", root},
		{"npm", root, "apps", root},       // which is no directory of anybody's
		{"npm", apps, root, apps},         // the script has changed into apps itself
		{"", root, apps, root},            // a script of another name, with paths of its own
		{"pnpm", root + "/.", apps, apps}, // by another name
	} {
		w := &Run{Dir: root, Environ: []string{"SPELLBOOK_CALLER_DIR=" + c.caller, "INIT_CWD=" + c.init}, Spelling: Spelling{Manager: c.manager}}
		if got, want := w.CallerPath("x"), filepath.Join(c.want, "x"); got != want {
			t.Errorf("%+v: got %s, want %s", c, got, want)
		}
	}
}

// What is written in package.json is relative to it; what is typed is the caller's.
func TestAScriptWithArgumentsOfItsOwnMeansItsDirectory(t *testing.T) {
	root, apps := t.TempDir(), t.TempDir()
	for script, want := range map[string]string{
		"scripts/mage infra:dump":                      apps,
		"bash ./scripts/mage infra:dump ":              apps,
		"scripts/mage infra:dump -output=backup/x.sql": root,
	} {
		text, err := json.Marshal(map[string]any{"scripts": map[string]string{"infra:dump": script}})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "package.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		environ := []string{"SPELLBOOK_COMMAND=scripts/mage", "SPELLBOOK_CALLER_DIR=" + root, "npm_config_user_agent=pnpm/10.0.0", "npm_lifecycle_event=infra:dump", "INIT_CWD=" + apps}
		w := &Run{Dir: root, Environ: environ, Spelling: SpellingOf(environ, root, "infra:dump")}
		if got := w.CallerDir(); got != want {
			t.Errorf("%s: got %s, want %s", script, got, want)
		}
	}
}
