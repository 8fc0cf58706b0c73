package app

import "testing"

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
