package envcheck_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/project"
)

// repositoryUses are what this repository's own Compose files read.
func repositoryUses(t *testing.T) []environ.Usage {
	t.Helper()
	p, err := project.Load(t.Context(), project.Layout{Root: "../.."}, project.Options{Backend: true, Environ: []string{
		"POSTGRES_PASSWORD=x", "REDIS_PASSWORD=x", "NEO4J_PASSWORD=x",
	}})
	if err != nil {
		t.Fatal(err)
	}
	var uses []environ.Usage
	for _, use := range p.Uses() {
		uses = append(uses, environ.Usage(use))
	}
	return uses
}

func TestTheRepositorysOwnLabHasNothingToFindButPublicSecrets(t *testing.T) {
	dirs := environ.Dirs{Root: "../.."}
	template, err := environ.ReadTemplate(dirs)
	if err != nil {
		t.Fatal(err)
	}
	lab, err := environ.ReadEnvironment(dirs, "lab")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range envcheck.Check(envcheck.Input{Environment: lab, Template: template, TemplateFile: "env/.env.example", Uses: repositoryUses(t),
		Idle: []string{"KAFKA_", "MAILDEV_", "MINIO_", "PREFECT_", "MILVUS_", "ETCD_"}}) {
		if f.Code != envcheck.CodePublicSecret || f.Severity != finding.Warning {
			t.Errorf("%+v", f)
		}
	}
}

func TestTheRepositorysOwnTemplateHasEveryVariableThatItsComposeFilesRead(t *testing.T) {
	template, err := environ.ReadTemplate(environ.Dirs{Root: "../.."})
	if err != nil {
		t.Fatal(err)
	}
	if _, added, err := environ.ScaffoldTemplate(template.Document, repositoryUses(t), nil); err != nil || len(added) > 0 {
		t.Errorf("missing in env/.env.example: %v, %v", added, err)
	}
}
