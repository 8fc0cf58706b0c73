package envcheck

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/dotenv/dotenvtest"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/finding"
)

const checkTemplate = `# [port]
POSTGRES_PORT=5432
# [secret] [generate 24]
POSTGRES_PASSWORD=
# [secret]
API_TOKEN=put-your-token-here-please
# [host] [required in dev]
DEPLOY_HOST=
# [enum debug|info]
LOG_LEVEL=info
# [deprecated use DEPLOY_HOST]
TEST_MACHINE_IP=
# [required]
OWNER=
UNUSED=1
GAINED=1
# [duration]
TIMEOUT=30s
WORKER_IMAGE=worker:1
DATABASE_URL=
`

func checkInput(t *testing.T, name, text string) Input {
	t.Helper()
	template, err := environ.ParseTemplate("env/.env.example", checkTemplate)
	must(t, err)
	in := Input{
		Environment: environ.Environment{Name: name, File: "env/.env." + name, Document: dotenv.Parse(text)},
		Template:    template, TemplateFile: "env/.env.example",
		Others: []environ.Environment{
			{Name: "lab", File: "env/.env.lab", Document: dotenv.Parse("POSTGRES_PASSWORD=lab-public-not-a-secret\n")},
			{Name: "test", File: "env/.env.test", Document: dotenv.Parse("POSTGRES_PASSWORD=canary-shared-1\n")},
		},
	}
	for i, name := range []string{"POSTGRES_PORT", "POSTGRES_PASSWORD", "API_TOKEN", "LOG_LEVEL", "OWNER", "GAINED", "TIMEOUT", "WORKER_IMAGE", "DATABASE_URL"} {
		in.Uses = append(in.Uses, environ.Usage{Variable: name, File: "compose.yml", Line: i + 1, Service: "api", HasDefault: true})
	}
	return in
}

func report(findings []finding.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s:%d %s %s: %s\n    → %s\n", f.Severity, f.File, f.Line, f.Code, f.Variable, f.Message, f.Remedy)
	}
	return b.String()
}

func TestCheckFindsWhatItsGoldenSays(t *testing.T) {
	local := checkInput(t, "local", `POSTGRES_PORT=54x2
POSTGRES_PASSWORD=canary-shared-1
API_TOKEN=put-your-token-here-please
LOG_LEVEL=trace
TEST_MACHINE_IP=10.0.0.1
TIMEOUT=30
WORKER_IMAGE=registry:5000/worker
OWNR=me
DATABASE_URL=postgres://app:changeme@db/${NOWHERE}
DATABASE_URL=postgres://app:canary-in-url@db/app
ADMIN_PASSWORD=admin
BROKER_USER=canary-user
BROKER_PASSWORD=canary-user
NEEDS=${NOT_THERE:?canary-hint}
BAD=${
TWO=a\tb # c # d
LATER=${DEFINED_LATER}
DEFINED_LATER=1
`)
	local.Uses = append(local.Uses, environ.Usage{Variable: "NEW_IN_COMPOSE", File: "compose.yml", Line: 40}, environ.Usage{Variable: "ALSO_NEW", File: "plugin kafka", HasDefault: true},
		environ.Usage{Variable: "MUST", File: "compose.yml", Line: 41, Required: true, EmptyIsMissing: true}, environ.Usage{Variable: "HOME", File: "compose.yml", Line: 42})
	local.Images = []Image{{File: "compose.yml", Line: 50, Service: "web", Name: "nginx"}, {File: "compose.yml", Line: 51, Service: "db", Name: "postgres:16"},
		{File: "compose.yml", Line: 52, Service: "worker", Name: "registry:5000/worker"}}
	local.Files = []FileFacts{{File: "env/.env.local", Mode: 0o644, Tracked: true, InGit: true}, {File: ".env.backup-1", Mode: 0o600, InGit: true}, {File: "env/.env.lab", Mode: 0o644, Tracked: true, InGit: true, Committed: true}}
	dev := checkInput(t, "dev", "POSTGRES_PORT=0\nPOSTGRES_PASSWORD=changeme\nAPI_TOKEN=short\nOWNER=x\nDEPLOY_HOST=http://x\nWORKER_IMAGE=w:latest\n")
	dev.Files = []FileFacts{{File: "env/.env.dev", Mode: 0o640}}
	lab := checkInput(t, "lab", "POSTGRES_PASSWORD=lab-public-not-a-secret\nOWNER=x\nDEPLOY_HOST=h\nGAINED=\nUNUSED=\nLOG_LEVEL=\nTIMEOUT=\nWORKER_IMAGE=\nDATABASE_URL=\nAPI_TOKEN=\nPOSTGRES_PORT=\n")
	broken := checkInput(t, "dev", "OWNER=x\nDEPLOY_HOST=h\nA B=1\nAPI_TOKEN=\"canary-open\ncanary line two\nCANARYLINE\n")
	unquoted := checkInput(t, "local", "OWNER=x\nAPI_TOKEN=-----BEGIN\nCANARYLINE\nHOME\n")
	var b strings.Builder
	for _, in := range []Input{local, dev, lab, broken, unquoted} {
		findings := Check(in)
		fmt.Fprintf(&b, "==== %s\n%s", in.Environment.Name, report(findings))
		same(t, "sorted", slices.IsSortedFunc(findings, finding.Compare), true)
	}
	golden(t, "check.golden", b.String())
	for _, line := range strings.Split(b.String(), "\n") {
		if strings.Contains(strings.ToLower(line), "canary") {
			t.Errorf("a secret shows: %s", line)
		}
	}
}

func TestAHealthyEnvironmentHasNoFindings(t *testing.T) {
	in := checkInput(t, "local", "POSTGRES_PORT=5432\nPOSTGRES_PASSWORD=kJ8sGx72bbQzP\nAPI_TOKEN=\nDEPLOY_HOST=\nLOG_LEVEL=info\nOWNER=me\nGAINED=1\nTIMEOUT=1h30m\nWORKER_IMAGE=w@sha256:00\nUNUSED=1\nDATABASE_URL=pg://u:${POSTGRES_PASSWORD}@h/db\n")
	in.Uses = append(in.Uses, environ.Usage{Variable: "UNUSED", File: "compose.yml", HasDefault: true})
	in.Files = []FileFacts{{File: "env/.env.local", Mode: 0o600, Ignored: true, InGit: true}}
	if findings := Check(in); len(findings) > 0 {
		t.Error(report(findings))
	}
}

func TestCheckSeesTheShellAsComposeDoes(t *testing.T) {
	in := checkInput(t, "dev", "OWNER=x\nLOG_LEVEL=${FROM_SHELL}\n")
	in.Uses = nil
	in.Shell = func(name string) (string, bool) {
		value, ok := map[string]string{"DEPLOY_HOST": "server", "FROM_SHELL": "debug"}[name]
		return value, ok
	}
	for _, f := range Check(in) {
		if f.Code == CodeRequired || f.Code == CodeUnsetRef || f.Code == CodeType {
			t.Errorf("%+v", f)
		}
	}
	same(t, "the deploy host", in.Environment.DeployHost(in.Shell), "server")
	same(t, "the deploy host", in.Environment.DeployHost(nil), "")
}

func TestTypesAreToldApart(t *testing.T) {
	for _, c := range []struct {
		kind      environ.Type
		good, bad []string
	}{
		{environ.Port, []string{"1", "5432", "65535"}, []string{"0", "65536", "-1", "+1", "x", "80:80", "1e3", " 1"}},
		{environ.Host, []string{"localhost", "a.b-c.d", "10.0.0.1", "::1", "[::1]", "db_1", "h."}, []string{"http://h", "h:80", "a b", "-a", "u@h", "10.0.0.999", "[h]", "a..b"}},
		{environ.URL, []string{"http://h", "postgres://u:p@h:1/d?x=y", "unix:///var/run/x.sock"}, []string{"h", "http://", "//h", "h:80", "a b", "http://h:x"}},
		{environ.Bool, []string{"true", "No", "1", "off"}, []string{"2", "ja", "truee"}},
		{environ.Int, []string{"0", "-5", "42"}, []string{"1.5", "x", "1 2"}},
		{environ.Duration, []string{"30s", "1h30m", "0"}, []string{"30", "x", "1 h"}},
		{environ.Path, []string{"./a b", "/x", "C:\\x", "a:b"}, []string{"http://x", " a", "a\nb"}},
		{"", []string{"anything", "\n"}, nil},
	} {
		for _, value := range c.good {
			same(t, fmt.Sprintf("the mismatch of %s %q", c.kind, value), environ.Annotations{Type: c.kind}.Mismatch(value), "")
		}
		for _, value := range c.bad {
			if (environ.Annotations{Type: c.kind}).Mismatch(value) == "" {
				t.Errorf("%q passes for %s", value, c.kind)
			}
		}
	}
}

func TestAFloatingImageIsOneWithoutVersion(t *testing.T) {
	for image, want := range map[string]bool{"postgres": true, "postgres:latest": true, "h:5000/a": true, "h:5000/a:latest": true, "postgres:16": false, "h:5000/a:1": false, "a@sha256:0": false, "a:latest@sha256:0": false, "": false} {
		same(t, "floating "+image, isFloating(image), want)
	}
}

func TestFilesGathersWhatHoldsValues(t *testing.T) {
	dirs := repository(t, "local")
	must(t, os.Chmod(dirs.File("local"), 0o600))
	write(t, dirs.Active(), "MINE=1\n")
	use(t, dirs, "local")
	facts, err := Files(dirs, "local", func(path string) (bool, bool, bool) { return false, path == dirs.File("local"), true })
	must(t, err)
	var b strings.Builder
	for _, f := range facts {
		fmt.Fprintf(&b, "%s ignored=%t committed=%t; ", f.File, f.Ignored, f.Committed)
	}
	same(t, "the facts", b.String(), "env/.env.local ignored=true committed=false; .env ignored=false committed=true; "+backupName+" ignored=false committed=false; ")
}

// leaks looks for the canary, with which every secret's value starts.
func leaks(t fataler, text string, findings []finding.Finding) {
	data, err := json.Marshal(findings)
	if err != nil || strings.Contains(string(data), "canary") {
		t.Fatalf("%q: %s, %v", text, data, err)
	}
}

func TestNoFindingTellsASecretAndTheSameInputGivesTheSame(t *testing.T) {
	template, err := environ.ParseTemplate("t", "# [secret]\nA=\n# [port] [secret]\nB=1\n# [generate 9]\nd=\n")
	must(t, err)
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.Custom(func(t *rapid.T) string {
			name := rapid.SampledFrom([]string{"A", "B", "d", "X_PASSWORD", "export X_TOKEN"}).Draw(t, "name")
			form := rapid.SampledFrom([]string{"=canary%s\n", "='canary%s'\n", "=\"canary%s\"\n", "='canary%s\n", "=canary%s # c\n", "=x://u:canary%s@h\n", "=canary${A}%s\n"}).Draw(t, "form")
			return name + fmt.Sprintf(form, dotenvtest.Value().Draw(t, "value"))
		})
		reference := rapid.SampledFrom([]string{"E=${A}\n", "URL=x://${B}\n", "F=${A:?it}${\n", "G=1\n"})
		text := strings.Join(rapid.SliceOfN(rapid.OneOf(line, reference), 0, 6).Draw(t, "lines"), "")
		in := Input{Environment: environ.Environment{Name: "dev", File: "f", Document: dotenv.Parse(text)}, Template: template, Uses: []environ.Usage{{Variable: "G", File: "c"}}}
		if strings.Contains(strings.Join(namesOf(in.Environment.Document), " "), "canary") {
			return // a line of a value that became a name
		}
		findings := Check(in)
		leaks(t, text, findings)
		if again := Check(in); !slices.Equal(again, findings) {
			t.Fatalf("%v, then %v", findings, again)
		}
	})
}

func namesOf(d dotenv.Document) []string {
	var names []string
	for _, e := range d.Entries {
		names = append(names, e.Name)
	}
	return names
}

func FuzzCheckOfAnyFileEnds(f *testing.F) {
	f.Add("A=1\nB=${A\n", "# [port]\nA=1\n")
	f.Add("PASSWORD='x\ny'\n", "# [secret] [generate 3]\nPASSWORD=")
	f.Fuzz(func(t *testing.T, text, templateText string) {
		template, err := environ.ParseTemplate("t", templateText)
		if err != nil {
			template = environ.Template{}
		}
		in := Input{Environment: environ.Environment{Name: "dev", File: "f", Document: dotenv.Parse(text)}, Template: template, Uses: []environ.Usage{{Variable: "G", File: "c"}}}
		findings := Check(in)
		for _, f := range findings {
			if strings.Contains(f.Message+f.Remedy, "\n") || f.Message == "" || f.Remedy == "" {
				t.Fatalf("%q: %+v", text, f)
			}
		}
	})
}

func TestAnApostropheInAQuotedSecretTellsNothingOfIt(t *testing.T) {
	in := checkInput(t, "local", "OWNER=x\nAPI_TOKEN='it's a canary'\nB_TOKEN='it's canary\nC_TOKEN='it'canary\n")
	leaks(t, "it's", Check(in))
	if _, err := dotenv.Set(in.Environment.Document, "OWNER", "y"); err == nil || strings.Contains(err.Error(), "canary") {
		t.Error(err)
	}
}

func TestWhatIsOfAnotherTypeThanTheGuessedOneIsAWarning(t *testing.T) {
	t.Parallel()
	template, err := environ.ParseTemplate("t", "# [host?]\nDB_ADDRESS=\n# [host]\nDB_HOST=\n")
	must(t, err)
	found := Check(Input{Template: template, TemplateFile: "t", Uses: []environ.Usage{{Variable: "DB_ADDRESS"}, {Variable: "DB_HOST"}},
		Environment: environ.Environment{Name: "local", File: "l", Document: dotenv.Parse("DB_ADDRESS=database:5432\nDB_HOST=database:5432\n")}})
	severities := map[string]finding.Severity{}
	for _, f := range found {
		if f.Code == CodeType {
			severities[fmt.Sprint(f.Line)] = f.Severity
		}
	}
	if len(severities) != 2 || severities["1"] != finding.Warning || severities["2"] != finding.Error {
		t.Errorf("%v", found)
	}
	for _, text := range []string{"# [secret?]\nA=\n", "# [generate? 24]\nA=\n"} {
		if _, err := environ.ParseTemplate("t", text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
