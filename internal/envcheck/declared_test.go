package envcheck

import (
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/finding"
)

// declared are the variables of two plugins that are enabled.
func declared(t *testing.T) []environ.Declared {
	t.Helper()
	variable := func(plugin, name, value string, words ...string) environ.Declared {
		a, err := environ.Annotate(words...)
		must(t, err)
		return environ.Declared{Plugin: plugin, Default: value, Variable: environ.Variable{Name: name, Annotations: a}}
	}
	return []environ.Declared{
		variable("queue", "QUEUE_PORT", "6380", "port"), variable("queue", "QUEUE_MODE", "safe", "enum fast|safe"),
		variable("queue", "QUEUE_PASSWORD", "", "required", "secret", "generate 24"), variable("queue", "QUEUE_SEED", "", "secret"),
		variable("queue", "QUEUE_OWNER", "", "required"), variable("queue", "LEVEL", "info", "enum debug|info", "required"),
		variable("shelf", "QUEUE_PORT", "6380", "port"),
	}
}

func checkPlugins(t *testing.T, template, text string) []finding.Finding {
	t.Helper()
	parsed, err := environ.ParseTemplate("env/.env.example", template)
	must(t, err)
	return Check(Input{Environment: environ.Environment{Name: "local", File: "env/.env.local", Document: dotenv.Parse(text)}, Template: parsed.Declaring(declared(t)...),
		TemplateFile: "env/.env.example", Uses: []environ.Usage{{Variable: "QUEUE_PORT", File: ".spellbook/plugins/queue.yml", Line: 3, HasDefault: true}}, Idle: []string{"KAFKA_", "ETCD_"}})
}

func TestWhatAPluginDeclaresIsCheckedAsWhatTheTemplateSays(t *testing.T) {
	got := report(checkPlugins(t, "LEVEL=\n", "PLUGINS=queue\nQUEUE_PORT=canary\nQUEUE_MODE=slow\nQUEUE_PASSWORD=changeme\nQUEUE_SEED=canary1\nLEVEL=loud\nQUEUE_MODES=x\n"))
	want := strings.Join([]string{
		`error env/.env.local:0 required QUEUE_OWNER: QUEUE_OWNER has no value; plugin queue requires one`,
		`    → mage env:sync -env=local`,
		`error env/.env.local:2 type QUEUE_PORT: QUEUE_PORT is "canary", which is not a port: a number from 1 to 65535`,
		`    → mage env:set QUEUE_PORT=… -env=local`,
		`error env/.env.local:3 type QUEUE_MODE: QUEUE_MODE is "slow", which is not one of fast, safe`,
		`    → mage env:set QUEUE_MODE=… -env=local`,
		`warning env/.env.local:4 weak-secret QUEUE_PASSWORD: the value of QUEUE_PASSWORD is a placeholder or a word that everybody knows`,
		`    → mage env:rotate QUEUE_PASSWORD -env=local`,
		`warning env/.env.local:5 weak-secret QUEUE_SEED: the value of QUEUE_SEED is shorter than 8 characters`,
		`    → mage env:rotate QUEUE_SEED -env=local`,
		`error env/.env.local:6 type LEVEL: LEVEL is "loud", which is not one of debug, info`,
		`    → mage env:set LEVEL=… -env=local`,
		`warning env/.env.local:7 unknown-variable QUEUE_MODES: the template does not have QUEUE_MODES, and nothing reads it`,
		`    → did you mean QUEUE_MODE? Else delete the line, or add the variable to the template`, ""}, "\n")
	same(t, "the findings", got, want)
}

func TestAVariableOfAPluginThatIsNotEnabledIsNotUnused(t *testing.T) {
	found := checkPlugins(t, "PLUGINS=\nKAFKA_TOPICS=\nETCD_IMAGE=etcd:1\nOTHER=1\n",
		"PLUGINS=\nKAFKA_TOPICS=\nKAFKA_PORT=1\nETCD_IMAGE=etcd:1\nOTHER=1\nQUEUE_PASSWORD=kJ8sGx72bbQzP\nQUEUE_OWNER=me\n")
	if len(found) != 1 || found[0].Code != CodeUnused || found[0].Variable != "OTHER" {
		t.Error(report(found))
	}
}

func TestARequiredVariableOfAPluginThatIsEmptyIsToBeSet(t *testing.T) {
	found := checkPlugins(t, "LEVEL=\n", "LEVEL=\nQUEUE_PASSWORD=\nQUEUE_OWNER=me\n")
	if len(found) != 1 || found[0].Line != 2 || found[0].Remedy != "mage env:rotate QUEUE_PASSWORD -env=local" {
		t.Error(report(found))
	}
}

func TestASecretThatAPluginDeclaresIsOneThoughNothingElseSaysSo(t *testing.T) {
	template, err := environ.ParseTemplate("t", "# no mark\nQUEUE_SEED=\n# [port]\nQUEUE_MODE=1\n")
	must(t, err)
	before := environ.SecretsOf(template, nil)
	after := environ.SecretsOf(template.Declaring(declared(t)...), nil)
	same(t, "a secret without the plugin", before.IsSecret("QUEUE_SEED"), false)
	same(t, "a secret with it", after.IsSecret("QUEUE_SEED"), true)
	same(t, "a port is one", after.IsSecret("QUEUE_PORT"), false)
	v, _ := template.Declaring(declared(t)...).Variable("QUEUE_MODE")
	same(t, "the template's type counts more", v.Type, environ.Port)
	marked := template.Declaring(declared(t)...).Marking("QUEUE_OWNER")
	same(t, "the variables of the template", len(marked.Variables), 2)
	same(t, "what Compose says is secret", environ.SecretsOf(marked, nil).IsSecret("QUEUE_OWNER"), true)
}

func TestASecretThatAPluginDeclaresIsRotatedToItsLength(t *testing.T) {
	template := environ.Template{}.Declaring(declared(t)...)
	doc, err := environ.Rotate(dotenv.Parse("A=1\n"), template, "QUEUE_PASSWORD", &endless{})
	must(t, err)
	i := slices.IndexFunc(doc.Entries, func(e dotenv.Entry) bool { return e.Name == "QUEUE_PASSWORD" })
	same(t, "the length", len(doc.Entries[i].ValueText()), 24)
	if _, err := environ.Rotate(doc, template, "QUEUE_PASWORD", &endless{}); err == nil || !strings.Contains(err.Error(), "did you mean QUEUE_PASSWORD?") {
		t.Error(err)
	}
}

func TestAFloatingImageOfAFragmentIsNotToBeEditedThere(t *testing.T) {
	for plugin, want := range map[string]string{"": "name a version", "queue": "set the variable of its image, if there is one: mage plugin:info queue"} {
		found := Check(Input{Images: []Image{{File: "f.yml", Line: 2, Service: "queue", Name: "queue", Plugin: plugin}}})
		if len(found) != 1 || found[0].Remedy != want {
			t.Errorf("%q: %+v", plugin, found)
		}
	}
}
