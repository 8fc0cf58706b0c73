package workflow

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
)

// queue is a plugin with a variable of each sort.
func queue() pluginhost.Manifest {
	return pluginhost.Manifest{Name: "queue", Version: "1.0.0", Variables: []pluginhost.Variable{
		{Name: "QUEUE_PORT", Summary: "Port on the host [not of the container].", Type: "port", Default: "6380"},
		{Name: "QUEUE_PASSWORD", Summary: "Password of the queue", Type: "string", Required: true, Secret: true, Generate: 24},
		{Name: "QUEUE_NAMES", Summary: "Queues that are made", Type: "string", Default: "mail, print"},
		{Name: "QUEUE_MODE", Summary: "How it stores", Type: "enum fast|safe", Default: "safe"},
		{Name: "LEVEL", Summary: "Is in the template already", Default: "info"},
	}}
}

// enable is plugin:enable of a plugin that is built already.
func enable(m pluginhost.Manifest) target {
	return func(ctx context.Context, w *Workflow) error {
		return w.atShelf(ctx, func(ctx context.Context, s *shelf) error {
			return s.enable(ctx, &pluginhost.Plugin{Manifest: m, Kind: pluginhost.Project})
		})
	}
}

func disable(name string) target {
	return func(ctx context.Context, w *Workflow) error { return w.PluginDisable(ctx, name) }
}

func TestEnablingAddsTheNameAndTheVariablesThatAreMissing(t *testing.T) {
	r := newEnvRepository(t)
	before := r.read("env/.env.local")
	r.run(enable(queue())).want(t, failure.OK, "queue is enabled in env/.env.local", "mage infra:up", "+QUEUE_PORT=6380", "+QUEUE_PASSWORD=****")
	text := r.read("env/.env.local")
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
	info, err := os.Stat(filepath.Join(r.dir, "env/.env.local"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestEnablingExtendsTheTemplateSoThatTheCheckFindsNothingNew(t *testing.T) {
	r := newEnvRepository(t)
	before, found := r.read("env/.env.example"), r.run(check(EnvCheckOptions{})).String()
	r.run(enable(queue())).want(t, failure.OK)
	text := r.read("env/.env.example")
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
	r.run(enable(queue())).want(t, failure.OK, "queue is enabled already in env/.env.local")
	if again := r.read("env/.env.example"); again != text {
		t.Errorf("a second time changes the template:\n%s", again)
	}
	r.env = append(r.env, "PLUGINS=") // the plugin itself is not in this repository
	now := r.run(check(EnvCheckOptions{})).want(t, failure.OK).String()
	if strings.Contains(now, "the template does not have") || strings.Contains(now, "lacks") {
		t.Errorf("env:check said\n%s\nand now says\n%s", found, now)
	}
}

func TestEnablingKeepsThePluginsThatAreEnabled(t *testing.T) {
	r := newEnvRepository(t)
	r.write("env/.env.local", "PLUGINS=\"alpha, beta\" # two\n"+envLocal)
	r.run(enable(queue())).want(t, failure.OK)
	if text := r.read("env/.env.local"); !strings.HasPrefix(text, "PLUGINS=\"alpha,beta,queue\" # two\n") {
		t.Errorf("got\n%s", text)
	}
	r.run(disable("beta")).want(t, failure.OK, "beta is disabled in env/.env.local", "its variables stay")
	if text := r.read("env/.env.local"); !strings.HasPrefix(text, "PLUGINS=\"alpha,queue\" # two\n") || !strings.Contains(text, "QUEUE_PORT=6380\n") {
		t.Errorf("got\n%s", text)
	}
}

func TestTheShellWinsOverTheFileAndThatIsSaid(t *testing.T) {
	r := newEnvRepository(t)
	r.env = append(r.env, "PLUGINS=")
	r.run(enable(queue())).want(t, failure.OK, "the shell sets PLUGINS as well, and wins")
}

func TestDisablingWhatIsNotEnabled(t *testing.T) {
	r := newEnvRepository(t)
	r.run(disable("nobody")).want(t, failure.Usage, `no plugin "nobody"`, "plugin:list")
	if text := r.read("env/.env.local"); text != envLocal {
		t.Errorf("got\n%s", text)
	}
}

func TestPluginsAreSplitAtCommasAndBlanks(t *testing.T) {
	for value, want := range map[string]string{"": "", " , ": "", "kafka": "kafka", "kafka, milvus,kafka": "kafka|milvus", "a b\tc": "a|b|c"} {
		if got := strings.Join(splitPlugins(value), "|"); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

func TestVolumesAreNamedAsComposeNamesThem(t *testing.T) {
	got := fragmentVolumes([]byte("services: {}\nvolumes:\n  data:\n  other: {name: elsewhere}\n"), "demo")
	if strings.Join(got, " ") != "demo_data elsewhere" {
		t.Errorf("got %q", got)
	}
}

func TestAPluginGetsTheVariablesThatItDeclaresAndNoOther(t *testing.T) {
	file := map[string]string{"QUEUE_PASSWORD": "canary", "QUEUE_PORT": "", "DB_PASSWORD": "other"}
	shell := func(name string) (string, bool) { return "7000", name == "QUEUE_PORT" }
	config, secrets := valuesOf(&pluginhost.Plugin{Manifest: queue()}, file, shell)
	if config["QUEUE_PORT"] != "7000" || config["QUEUE_MODE"] != "safe" || len(config) != 4 {
		t.Errorf("config %v", config)
	}
	if secrets["QUEUE_PASSWORD"] != "canary" || len(secrets) != 1 {
		t.Errorf("secrets have %d values", len(secrets))
	}
}
