package plugin

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// TestMain makes this test's binary the plugin box where the kit starts it.
func TestMain(m *testing.M) {
	if os.Getenv(pluginv1.CookieKey) != "" || len(os.Args) == 2 && os.Args[1] == "describe" {
		sdk.Serve(box)
		return
	}
	os.Exit(m.Run())
}

// box is a plugin whose restore fails where LANG is "mute".
var box = sdk.Plugin{
	Name: "box", Version: "1.0.0", Summary: "Keeps things", Services: []sdk.Service{{Name: "box", Summary: "Keeps things"}},
	Fragment: "services:\n  box: {image: box}\n",
	Backup: func(_ context.Context, _ *sdk.Run, dir string) error {
		return os.WriteFile(filepath.Join(dir, "one"), []byte("1"), 0o600)
	},
	Restore: func(context.Context, *sdk.Run, string) error {
		if os.Getenv("LANG") == "mute" {
			return errors.New("half of it is gone")
		}
		return nil
	},
}

func TestTheDataThatARestoreMayHaveLostIsKeptAndTold(t *testing.T) {
	t.Parallel()
	for lang, fails := range map[string]bool{"mute": true, "C": false} {
		var out, errs bytes.Buffer
		w := &app.Run{Environ: []string{"HOME=" + t.TempDir(), "LANG=" + lang}, Out: &out, Err: &errs, Width: 80, Now: time.Now}
		s := &load.Session{Run: w, Project: &project.Project{Name: "demo"}}
		p := &pluginhost.Plugin{Manifest: manifest.Manifest{Name: "box", Version: "1.0.0"}, Binary: os.Args[0]}
		o := live(s, p, pluginhost.Run{Project: "demo", Endpoints: map[string]string{}})
		o.Only = []string{"backup and restore"}
		if err := test(t.Context(), w, "box", p.Binary, o); (err != nil) != fails {
			t.Fatalf("%s: %v\n%s%s", lang, err, &out, &errs)
		}
		left, err := filepath.Glob(filepath.Join(backupsOf(w, "box"), "*"))
		if err != nil || len(left) > 1 || (len(left) == 1) != fails {
			t.Fatalf("%s: there are %q, %v\n%s", lang, left, err, &out)
		}
		if !fails {
			continue
		}
		if !strings.Contains(errs.String(), "is kept: "+left[0]+"\n  → mage plugin:restore box "+left[0]+"\n") {
			t.Errorf("told is\n%s", &errs)
		}
		if d, _, err := readBackup(left[0], "box"); err != nil || d.Project != "demo" || len(d.Files) != 1 {
			t.Errorf("%+v, %v", d, err)
		}
	}
}

func TestASecretThatBeginsWithAnotherIsMaskedWhole(t *testing.T) {
	t.Parallel()
	secrets := map[string]string{"NONE": ""}
	for n := range 8 {
		secrets["PASSWORD_"+strings.Repeat("X", n)] = "sesame-1"[:n+1]
	}
	var out bytes.Buffer
	list := []kit.Check{{Name: "stdout", Status: kit.Fail, Detail: "it wrote sesame-1"}}
	if err := checks(&app.Run{Out: &out, Width: 80}, list, secrets); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "it wrote ****\n") {
		t.Errorf("it says\n%s", &out)
	}
}
