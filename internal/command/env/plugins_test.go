package env

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// newPluginRepository can build Spellbook's own plugins, and enables some.
func newPluginRepository(t *testing.T, plugins string) *commandtest.Repository {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	dirs := strings.Fields(string(out))
	r := commandtest.NewRepository(t)                                                                 // which has a cache of its own
	r.Write("env/.env.example", strings.ReplaceAll(commandtest.EnvTemplate, "VITE_TITLE=Demo\n", "")) // which nothing reads
	r.Env = append(r.Env, "GOCACHE="+dirs[0], "GOMODCACHE="+dirs[1], "SPELLBOOK_CACHE="+t.TempDir())
	enabling(r, plugins)
	return r
}

func enabling(r *commandtest.Repository, plugins string) {
	r.T.Helper()
	r.Write("env/.env.local", "PLUGINS="+plugins+"\n"+envOfPlugins()+"MINIO_ROOT_PASSWORD=canary-of-minio\n")
}

// envOfPlugins is envLocal without what nothing reads.
func envOfPlugins() string {
	return strings.ReplaceAll(commandtest.EnvLocal, "VITE_TITLE=\"Two words\"\n", "")
}

// One repository for all that needs real plugins: each is built once.
func TestTheEnvTargetsKnowTheVariablesOfPlugins(t *testing.T) {
	r := newPluginRepository(t, "kafka,minio")
	r.Run(checkCall(CheckOptions{})).Want(t, failure.OK, "env/.env.local is fine")

	x := r.Run(explainCall("KAFKA_PORT")).Want(t, failure.OK, "KAFKA_PORT is not set; the defaults of plugin kafka hold", "plugin default", "plugin kafka, .spellbook/plugins/kafka.yml:")
	if strings.Contains(x.String(), "Compose default") {
		t.Errorf("a default of a plugin is said to be Compose's:\n%s", x)
	}
	r.Run(explainCall("KAFKA_TOPICS")).Want(t, failure.OK, "KAFKA_TOPICS is not set", "kafka    plugin kafka  hooks and commands")
	r.Run(explainCall("MINIO_ROOT_PASSWORD")).Want(t, failure.OK, "is ****, by env/.env.local:8", "minio    .spellbook/plugins/minio.yml:")
	x = r.Run(showCall(ShowOptions{JSON: true})).Want(t, failure.OK, `"layer": "plugin default"`, `"plugin": "kafka"`, `"KAFKA_TOPICS"`)
	schematest.Validate(t, "envshow", []byte(x.Out))
	r.Run(rotateCall("MINIO_ROOT_PASSWORD", "")).Want(t, failure.OK, "to be recreated: minio\n", "mage infra:recreate -services=minio")
	r.Run(diffCall("local", "old")).Want(t, failure.OK, "(secret)")

	t.Run("a plugin refuses a value", func(t *testing.T) {
		enabling(r, "kafka")
		r.Write("env/.env.local", r.Read("env/.env.local")+"KAFKA_TOPICS=orders:none\nKAFKA_PORT=x\n")
		x := r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight, "env/.env.local:9 ", "plugin kafka: topic", "env/.env.local:10 ", "KAFKA_PORT is \"x\", which is not a port")
		r.Run(setCall("KAFKA_PORT=y", "")).Want(t, failure.Usage, "not a port", "mage env:explain KAFKA_PORT")
		if strings.Contains(x.String(), "unused") || strings.Contains(x.String(), "nothing reads") {
			t.Errorf("what belongs to a plugin is not used:\n%s", x)
		}
		schematest.Validate(t, "envcheck", []byte(r.Run(checkCall(CheckOptions{JSON: true})).Out))
		enabling(r, "")
		r.Env = append(r.Env, "PLUGINS=kafka", "KAFKA_TOPICS=:")
		r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight, "(KAFKA_TOPICS of the shell)")
		r.Env = r.Env[:len(r.Env)-2]
	})
	t.Run("a plugin that there is not", func(t *testing.T) {
		enabling(r, "minio,kafca")
		r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight, "env/.env.local:1", `unknown plugin "kafca"`, `did you mean "kafka"? mage plugin:list`)
		r.Run(explainCall("MINIO_PORT")).Want(t, failure.OK, "plugin minio, .spellbook/plugins/minio.yml:")
		r.Run(showCall(ShowOptions{})).Want(t, failure.OK, `note: without plugin kafca: unknown plugin "kafca"`, "MINIO_BUCKETS")
	})
	t.Run("a secret of a plugin is missing", func(t *testing.T) {
		r.Write("env/.env.local", "PLUGINS=minio\n"+envOfPlugins())
		r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight, "MINIO_ROOT_PASSWORD has no value; plugin minio requires one", "mage env:sync -env=local")
		r.Run(listCall).Want(t, failure.OK, "lacks 1 variable")
		r.Run(syncCall(SyncOptions{Yes: true})).Want(t, failure.OK, "+MINIO_ROOT_PASSWORD=****", "+# Password of that user")
		r.Run(checkCall(CheckOptions{})).Want(t, failure.OK, "env/.env.local is fine")
	})
	t.Run("a new environment, and the template", func(t *testing.T) {
		r.Env = append(r.Env, "PLUGINS=kafka,minio")
		r.Run(useCall("test")).Want(t, failure.OK, "environment test is active")
		if text := r.Read("env/.env.test"); !strings.Contains(text, "\nKAFKA_TOPICS=\n") || strings.Contains(text, "\nMINIO_ROOT_PASSWORD=\n") {
			t.Errorf("the new environment is\n%s", text)
		}
		r.Run(checkCall(CheckOptions{})).Want(t, failure.OK, "env/.env.test is fine")
		r.Run(templateCall).Want(t, failure.OK, "KAFKA_TOPICS", "MINIO_BUCKETS")
		if text := r.Read("env/.env.example"); !strings.Contains(text, "[secret] [generate 24]\nMINIO_ROOT_PASSWORD=\n") || strings.Contains(text, ".spellbook") {
			t.Errorf("the template is\n%s", text)
		}
		r.Run(templateCall).Want(t, failure.OK, "has every variable")
		r.Env = append(r.Env, "PLUGINS=")
		if x := r.Run(checkCall(CheckOptions{})).Want(t, failure.OK); strings.Contains(x.String(), "KAFKA_") || strings.Contains(x.String(), "MINIO_") {
			t.Errorf("what belongs to a plugin is unused:\n%s", x)
		}
	})
}

func TestVariablesOfPluginsThatAreNotEnabledAreNotUnused(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("env/.env.local", commandtest.EnvLocal+"PLUGINS=\nKAFKA_TOPICS=a\nETCD_IMAGE=etcd:1\nMILVUS_PORT=1\nPREFECT_DB=p\nMAILDEV_PORT=2\n")
	r.Run(checkCall(CheckOptions{})).Want(t, failure.OK, "0 errors, 1 warning", "nothing reads VITE_TITLE")
	r.Write("env/.env.local", commandtest.EnvLocal+"KAFCA_TOPICS=a\n")
	r.Run(checkCall(CheckOptions{})).Want(t, failure.OK, "nothing reads it")
	r.Run(explainCall("PLUGINS")).Want(t, failure.OK, "PLUGINS is not set")
	r.Run(setCall("PLUGINS=", "")).Want(t, failure.OK)
}

func TestWhatOnlyAManifestSaysOfAVariableIsUsedAndSecret(t *testing.T) {
	m := commandtest.Queue()
	m.Services = []manifest.Service{{Name: "queue"}, {Name: "worker"}}
	m.Variables = append(m.Variables, manifest.Variable{Name: "QUEUE_SEED", Type: "string", Secret: true}, manifest.Variable{Name: "QUEUE_PRICE", Default: "5$"})
	g := plugins.Declarations{Plugins: []*pluginhost.Plugin{{Manifest: m}}, Broken: []plugins.Broken{{Name: "shelf"}}}
	readers := map[string][]string{}
	for _, u := range g.Uses(nil) {
		readers[u.Variable] = append(readers[u.Variable], u.Service)
	}
	if got := strings.Join(readers["QUEUE_NAMES"], " "); got != "queue worker" {
		t.Errorf("QUEUE_NAMES is read by %q", got)
	}
	e := environ.Environment{Document: dotenv.Parse("SHELF_SEED=canary\nSHELVES=1\n")}
	s := environ.SecretsOf(environ.Template{}.Declaring(g.Declared()...).Marking(g.SecretPrefixes([]environ.Environment{e})...), nil, e)
	for name, want := range map[string]bool{"QUEUE_SEED": true, "QUEUE_PASSWORD": true, "QUEUE_MODE": false, "SHELF_SEED": true, "SHELVES": false} {
		if s.IsSecret(name) != want {
			t.Errorf("%s is a secret: %t", name, !want)
		}
	}
	p := &project.Project{}
	defaults := p.Defaults(g.Uses(nil))
	plugins.MarkDefaults(p, defaults)
	price := defaults["QUEUE_PRICE"]
	if len(price) != 1 || price[0].String() != "plugin queue" || price[0].Value.Reveal() != "5$" {
		t.Errorf("the default is %d, %v", len(price), price)
	}
	if i := slices.IndexFunc(g.Declared(), func(d environ.Declared) bool {
		return d.Name == "QUEUE_MODE" && d.Type == environ.Enum && len(d.Choices) == 2
	}); i < 0 {
		t.Error("the type is lost")
	}
}
