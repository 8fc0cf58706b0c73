package pluginhost

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

func TestAFragmentIsRefusedWithTheKeyToGrant(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	p := b.resolve(t, "plain")[0]
	// The repository's own plugin has what it declares, and no more.
	fragment, _, err := b.Render(t.Context(), p, "p", nil)
	if err != nil || !strings.Contains(string(fragment), "cap_add: [NET_ADMIN]") {
		t.Fatalf("%q, %v", fragment, err)
	}
	_, _, err = b.Render(t.Context(), p, "p", map[string]string{"PLAIN_MODE": "wild"})
	isPreflight(t, err)
	if want := "the fragment of plugin \"plain\" is refused\n  services.plain.privileged needs the permission privileged\n  → declare the permission privileged in its manifest"; err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	// Somebody else's has what the lock grants.
	p.Kind, p.Source, p.Granted = Module, "example.com/plain@v1.2.3", nil
	_, _, err = b.Render(t.Context(), p, "p", nil)
	isPreflight(t, err)
	if want := "the fragment of plugin \"plain\" is refused\n  services.plain.cap_add[0] needs the permission cap:NET_ADMIN\n  → if it may: mage plugin:add example.com/plain@v1.2.3 -grant=cap:NET_ADMIN"; err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	_, _, err = b.Render(t.Context(), p, "p", map[string]string{"PLAIN_MODE": "wild"})
	isPreflight(t, err, "its manifest does not ask for privileged: tell its author")
	p.Granted = []string{"cap:NET_ADMIN"}
	if _, _, err = b.Render(t.Context(), p, "p", nil); err != nil {
		t.Error(err)
	}
}

// Compose reads a fragment's paths from the directory of the first file.
func TestPathsAreRelativeToTheDirectoryOfTheProject(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	fragment := []byte(inService("volumes: ['../plugins/test/config:/x:ro']"))
	if found := policy.CheckWithin(fragment, testManifest(), policy.Bounds{Root: root, Dir: root + "/compose"}); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	if found := policy.CheckWithin(fragment, testManifest(), policy.Bounds{Root: root, Dir: root}); len(found) != 1 {
		t.Errorf("%+v", found)
	}
}

func TestASecretNeverReachesRender(t *testing.T) {
	t.Parallel()
	m := testManifest()
	config := configOf(m, map[string]string{"A_PASSWORD": "hunter2", "A_PORT": "", "HOME": "/root"})
	if len(config) != 1 || config["A_PORT"] != "80" {
		t.Errorf("got %v", config)
	}
}

// A plugin that panicked may do so once only: it is asked again.
func TestWhatWentWrongInRenderIsNotKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	p := b.resolve(t, "plain")[0]
	for range 2 {
		b.quiet()
		fragment, found, err := b.Render(t.Context(), p, "", map[string]string{"PLAIN_MODE": "shy"})
		if err != nil || fragment != nil || len(found) != 1 || found[0].Warning || len(b.launches) != 1 {
			t.Errorf("%v: %q, %+v after launches %v", err, fragment, found, b.launches)
		}
	}
}
