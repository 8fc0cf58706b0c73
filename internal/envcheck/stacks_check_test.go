package envcheck

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
)

func TestASecretWhoseDefaultHoldsIsGeneratedInANewEnvironmentOnly(t *testing.T) {
	dirs := repository(t)
	doc, _, err := environ.ScaffoldTemplate(dotenv.Document{}, []environ.Usage{{Variable: "DB_PASSWORD", File: "c.yml", Default: "postgres", HasDefault: true, EmptyIsMissing: true}}, nil)
	must(t, err)
	write(t, dirs.Template(), doc.String())
	template, err := environ.ReadTemplate(dirs)
	must(t, err)
	_, added, err := environ.Sync(template, dotenv.Parse("A=1\n"), rand.Reader)
	must(t, err)
	same(t, "what env:sync adds", len(added), 0)
	same(t, "what env:check finds", len(Check(Input{Environment: environ.Environment{Name: "local", File: "f", Document: dotenv.Parse("A=1\n")}, Template: template})), 0)
	use(t, dirs, "local")
	e, err := environ.ReadEnvironment(dirs, "local")
	must(t, err)
	same(t, "the length of a new one's", len(e.Values(nil)["DB_PASSWORD"]), 24)
}

func TestCheckFindsStacksThatAreNotIsolated(t *testing.T) {
	in := Input{Environment: environment("local", "COMPOSE_PROJECT_NAME=shop\nDB=5432\n"),
		Others:   []environ.Environment{environment("test", "DB=5432\n"), environment("own", "DB=1\nWEB=5432\n")},
		Projects: map[string]string{"local": "shop", "test": "shop", "own": "shop-own"}, Ports: []string{"DB", "WEB"},
		Fixed: []Fixed{{"volume", "data", "c.yml", 7}, {"container", "db", "c.yml", 3}}}
	var text string
	for _, f := range Check(in) {
		text += fmt.Sprintf("%s %s:%d %s → %s\n", f.Code, f.File, f.Line, f.Message, f.Remedy)
	}
	same(t, "the findings", text, `fixed-name c.yml:3 the container of db has the same name in every environment: only one of them can have it → let the files leave the name out, or make it of ${COMPOSE_PROJECT_NAME}
fixed-name c.yml:7 the volume data has the same name in every environment: they share it → let the files leave the name out, or make it of ${COMPOSE_PROJECT_NAME}
shared-project env/.env.local:1 local and test share the project shop and its volumes → mage env:use local, then mage env:isolate
shared-port env/.env.local:2 own has the ports of local too (DB): only one of them can run at a time → mage env:set DB=… -env=local
`)
	in.Others = nil
	same(t, "the findings of one that is alone", len(Check(in)), 0)
}
