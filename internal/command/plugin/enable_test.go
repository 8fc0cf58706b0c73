package plugin

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/plugins"
)

// enabling is plugin:enable of a plugin that is built already.
func enabling(m manifest.Manifest) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error {
		return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
			return enable(ctx, s, &pluginhost.Plugin{Manifest: m, Kind: pluginhost.Project})
		})
	}
}

func disable(name string) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Disable(ctx, w, name) }
}

func TestEnablingAddsTheNameAndTheVariablesThatAreMissing(t *testing.T) {
	r := commandtest.NewRepository(t)
	before := r.Read("env/.env.local")
	r.Run(enabling(commandtest.Queue())).Want(t, failure.OK, "queue is enabled in env/.env.local", "mage infra:up", "+QUEUE_PORT=6380", "+QUEUE_PASSWORD=****")
	text := r.Read("env/.env.local")
	if !strings.HasPrefix(text, before) {
		t.Errorf("what was there is not as it was:\n%s", text)
	}
	for _, want := range []string{"\nPLUGINS=queue\n", "\nQUEUE_PORT=6380\n", "\nQUEUE_NAMES='mail, print'\n", "\nQUEUE_MODE=safe\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Count(text, "LEVEL=") != 1 || strings.Contains(text, "\nQUEUE_PASSWORD=\n") {
		t.Errorf("a variable twice, or a secret that is not made:\n%s", text)
	}
	info, err := os.Stat(filepath.Join(r.Dir, "env/.env.local"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestEnablingExtendsTheTemplateSoThatTheCheckFindsNothingNew(t *testing.T) {
	r := commandtest.NewRepository(t)
	before, found := r.Read("env/.env.example"), r.Run(checkCall(env.CheckOptions{})).String()
	r.Run(enabling(commandtest.Queue())).Want(t, failure.OK)
	text := r.Read("env/.env.example")
	if !strings.HasPrefix(text, before) || strings.Count(text, "LEVEL=") != 1 {
		t.Errorf("what was there is not as it was:\n%s", text)
	}
	for _, want := range []string{"# Plugins that are in the stack, comma separated.\nPLUGINS=\n",
		"# Password of the queue. [string] [secret] [generate 24]\nQUEUE_PASSWORD=\n", "# Port on the host (not of the container). [port]\nQUEUE_PORT=6380\n",
		"[enum fast|safe]\nQUEUE_MODE=safe\n"} {
		if !strings.Contains(text, strings.ReplaceAll(want, "[string] ", "")) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	r.Run(enabling(commandtest.Queue())).Want(t, failure.OK, "queue is enabled already in env/.env.local")
	if again := r.Read("env/.env.example"); again != text {
		t.Errorf("a second time changes the template:\n%s", again)
	}
	r.Env = append(r.Env, "PLUGINS=") // the plugin itself is not in this repository
	now := r.Run(checkCall(env.CheckOptions{})).Want(t, failure.OK).String()
	if strings.Contains(now, "the template does not have") || strings.Contains(now, "lacks") {
		t.Errorf("env:check said\n%s\nand now says\n%s", found, now)
	}
}

func TestEnablingKeepsThePluginsThatAreEnabled(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("env/.env.local", "PLUGINS=\"alpha, beta\" # two\n"+commandtest.EnvLocal)
	r.Run(enabling(commandtest.Queue())).Want(t, failure.OK)
	if text := r.Read("env/.env.local"); !strings.HasPrefix(text, "PLUGINS=\"alpha,beta,queue\" # two\n") {
		t.Errorf("got\n%s", text)
	}
	r.Run(disable("beta")).Want(t, failure.OK, "beta is disabled in env/.env.local", "its variables stay")
	if text := r.Read("env/.env.local"); !strings.HasPrefix(text, "PLUGINS=\"alpha,queue\" # two\n") || !strings.Contains(text, "QUEUE_PORT=6380\n") {
		t.Errorf("got\n%s", text)
	}
}

func TestTheShellWinsOverTheFileAndThatIsSaid(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Env = append(r.Env, "PLUGINS=")
	r.Run(enabling(commandtest.Queue())).Want(t, failure.OK, "the shell sets PLUGINS as well, and wins")
}

func TestDisablingWhatIsNotEnabled(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Run(disable("nobody")).Want(t, failure.Usage, `no plugin "nobody"`, "plugin:list")
	if text := r.Read("env/.env.local"); text != commandtest.EnvLocal {
		t.Errorf("got\n%s", text)
	}
}

func TestPluginsAreSplitAtCommasAndBlanks(t *testing.T) {
	for value, want := range map[string]string{"": "", " , ": "", "kafka": "kafka", "kafka, milvus,kafka": "kafka|milvus", "a b\tc": "a|b|c"} {
		if got := strings.Join(plugins.Split(value), "|"); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

func TestVolumesAreNamedAsComposeNamesThem(t *testing.T) {
	got := plugins.FragmentVolumes([]byte("services: {}\nvolumes:\n  data:\n  other: {name: elsewhere}\n"), "demo")
	if strings.Join(got, " ") != "demo_data elsewhere" {
		t.Errorf("got %q", got)
	}
}

func TestAPluginGetsTheVariablesThatItDeclaresAndNoOther(t *testing.T) {
	file := map[string]string{"QUEUE_PASSWORD": "canary", "QUEUE_PORT": "", "DB_PASSWORD": "other"}
	shell := func(name string) (string, bool) { return "7000", name == "QUEUE_PORT" }
	config, secrets := plugins.Values(&pluginhost.Plugin{Manifest: commandtest.Queue()}, file, shell)
	if config["QUEUE_PORT"] != "7000" || config["QUEUE_MODE"] != "safe" || len(config) != 4 {
		t.Errorf("config %v", config)
	}
	if secrets["QUEUE_PASSWORD"] != "canary" || len(secrets) != 1 {
		t.Errorf("secrets have %d values", len(secrets))
	}
}
