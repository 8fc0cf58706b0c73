package app

import (
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
