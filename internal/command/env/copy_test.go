package env

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// copied has a marked copy of local in the place of the link, as on Windows.
func copied(t *testing.T) *commandtest.Repository {
	t.Helper()
	r := commandtest.NewRepository(t)
	if err := os.Remove(filepath.Join(r.Dir, ".env")); err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(commandtest.EnvLocal)))[:16]
	r.Write(".env", "# spellbook: copy of env/.env.local\n# Edit that file instead and switch again; this one is replaced then. Checksum "+sum+"\n"+commandtest.EnvLocal)
	return r
}

func TestACopyThatIsTheSameIsTheFile(t *testing.T) {
	r := copied(t)
	r.Run(showCall(ShowOptions{})).Want(t, failure.OK, "environment local", "env/.env.local:2")
	if x := r.Run(checkCall(CheckOptions{})).Want(t, failure.OK); strings.Contains(x.String(), "copy") {
		t.Errorf("the copy is the same:\n%s", x)
	}
}

func TestAnEditedCopyIsReadAsComposeReadsIt(t *testing.T) {
	r := copied(t)
	r.Write(".env", strings.Replace(r.Read(".env"), "DB_PORT=5433", "DB_PORT=6000", 1)+"CANARY_TOKEN=canary-of-the-copy\n")
	r.Run(showCall(ShowOptions{})).Want(t, failure.OK, "environment local", "6000", ".env:4")
	r.Run(explainCall("DB_PORT")).Want(t, failure.OK, "DB_PORT is 6000, by .env:4")
	r.Run(diffCall("old", "local")).Want(t, failure.OK, "6000")
	x := r.Run(checkCall(CheckOptions{})).Want(t, failure.OK, ".env:1", "this copy of the environment local was edited", "mage env:use local")
	r.Run(setCall("LEVEL=debug", "")).Want(t, failure.OK, "note: .env is a copy that was edited")
	if strings.Contains(x.String(), "canary") {
		t.Errorf("a secret shows:\n%s", x)
	}
	r.Run(useCall("local")).Want(t, failure.OK, "kept the former .env as .env.backup-")
}

func TestACopyThatIsBehindItsFileIsReadAsComposeReadsIt(t *testing.T) {
	r := copied(t)
	r.Write("env/.env.local", strings.Replace(commandtest.EnvLocal, "5433", "7000", 1))
	r.Run(showCall(ShowOptions{})).Want(t, failure.OK, "5433", ".env:4")
	r.Run(checkCall(CheckOptions{})).Want(t, failure.OK, "another one since this copy was made", "mage env:use local")
}

func TestAProjectWithoutVariablesGetsNoTemplate(t *testing.T) {
	r := commandtest.NewRepository(t)
	if err := errors.Join(os.RemoveAll(filepath.Join(r.Dir, "env")), os.Remove(filepath.Join(r.Dir, ".env"))); err != nil {
		t.Fatal(err)
	}
	r.Write("compose/docker-compose.yml", "name: demo\nservices:\n  db:\n    image: postgres:16\n")
	r.Run(templateCall).Want(t, failure.OK, "the Compose files read no variables: there is no template to write")
	if _, err := os.Stat(filepath.Join(r.Dir, "env")); err == nil {
		t.Error("something was written")
	}
}

func TestAnErrorOfComposeShowsNoMarkedSecretWhileTheTemplateIsSpoilt(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("compose/docker-compose.yml", commandtest.EnvCompose+"    mem_limit: ${LICENCE}\n")
	r.Write("env/.env.example", commandtest.EnvTemplate+"# [secret]\nLICENCE=\nspoilt by a slip\n")
	r.Write("env/.env.local", commandtest.EnvLocal+"LICENCE=canarylicence\n")
	config := func(ctx context.Context, w *app.Run) error { return infra.Config(ctx, w, false) }
	for _, do := range []commandtest.Target{showCall(ShowOptions{}), checkCall(CheckOptions{}), explainCall("LICENCE"), diffCall("old", "local"), listCall, exportCall(ExportOptions{}), config} {
		if x := r.Run(do).Want(t, failure.Preflight); strings.Contains(x.String(), "canary") {
			t.Errorf("a secret shows:\n%s", x)
		}
	}
}
