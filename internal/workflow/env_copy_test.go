package workflow

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// copied has a marked copy of local in the place of the link, as on Windows.
func copied(t *testing.T) *envRepository {
	t.Helper()
	r := newEnvRepository(t)
	if err := os.Remove(filepath.Join(r.dir, ".env")); err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(envLocal)))[:16]
	r.write(".env", "# spellbook: copy of env/.env.local\n# Edit that file instead and switch again; this one is replaced then. Checksum "+sum+"\n"+envLocal)
	return r
}

func TestACopyThatIsTheSameIsTheFile(t *testing.T) {
	r := copied(t)
	r.run(show(EnvShowOptions{})).want(t, failure.OK, "environment local", "env/.env.local:2")
	if x := r.run(check(EnvCheckOptions{})).want(t, failure.OK); strings.Contains(x.String(), "copy") {
		t.Errorf("the copy is the same:\n%s", x)
	}
}

func TestAnEditedCopyIsReadAsComposeReadsIt(t *testing.T) {
	r := copied(t)
	r.write(".env", strings.Replace(r.read(".env"), "DB_PORT=5433", "DB_PORT=6000", 1)+"CANARY_TOKEN=canary-of-the-copy\n")
	r.run(show(EnvShowOptions{})).want(t, failure.OK, "environment local", "6000", ".env:4")
	r.run(explain("DB_PORT")).want(t, failure.OK, "DB_PORT is 6000, by .env:4")
	r.run(diff("old", "local")).want(t, failure.OK, "6000")
	x := r.run(check(EnvCheckOptions{})).want(t, failure.OK, ".env:1", "this copy of the environment local was edited", "mage env:use local")
	r.run(set("LEVEL=debug", "")).want(t, failure.OK, "note: .env is a copy that was edited")
	if strings.Contains(x.String(), "canary") {
		t.Errorf("a secret shows:\n%s", x)
	}
	r.run(use("local")).want(t, failure.OK, "kept the former .env as .env.backup-")
}

func TestACopyThatIsBehindItsFileIsReadAsComposeReadsIt(t *testing.T) {
	r := copied(t)
	r.write("env/.env.local", strings.Replace(envLocal, "5433", "7000", 1))
	r.run(show(EnvShowOptions{})).want(t, failure.OK, "5433", ".env:4")
	r.run(check(EnvCheckOptions{})).want(t, failure.OK, "another one since this copy was made", "mage env:use local")
}

func TestAProjectWithoutVariablesGetsNoTemplate(t *testing.T) {
	r := newEnvRepository(t)
	if err := errors.Join(os.RemoveAll(filepath.Join(r.dir, "env")), os.Remove(filepath.Join(r.dir, ".env"))); err != nil {
		t.Fatal(err)
	}
	r.write("compose/docker-compose.yml", "name: demo\nservices:\n  db:\n    image: postgres:16\n")
	r.run(template).want(t, failure.OK, "the Compose files read no variables: there is no template to write")
	if _, err := os.Stat(filepath.Join(r.dir, "env")); err == nil {
		t.Error("something was written")
	}
}

func TestAnErrorOfComposeShowsNoMarkedSecretWhileTheTemplateIsSpoilt(t *testing.T) {
	r := newEnvRepository(t)
	r.write("compose/docker-compose.yml", envCompose+"    mem_limit: ${LICENCE}\n")
	r.write("env/.env.example", envTemplate+"# [secret]\nLICENCE=\nspoilt by a slip\n")
	r.write("env/.env.local", envLocal+"LICENCE=canarylicence\n")
	config := func(ctx context.Context, w *Workflow) error { return w.InfraConfig(ctx, false) }
	for _, do := range []target{show(EnvShowOptions{}), check(EnvCheckOptions{}), explain("LICENCE"), diff("old", "local"), list, export(EnvExportOptions{}), config} {
		if x := r.run(do).want(t, failure.Preflight); strings.Contains(x.String(), "canary") {
			t.Errorf("a secret shows:\n%s", x)
		}
	}
}
