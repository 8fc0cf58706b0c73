package plugin

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/project"
)

const standingTemplate = `# ---- Database ------
# Password. [secret]
POSTGRES_PASSWORD=
# Where backups go. [secret]
SEARCH_BACKUP=
LEVEL=info
# ---- Plugin search ------
SEARCH_PORT=9200
SEARCH_URL=
`

func TestWhoseAVariableIsDecidesTheRepositoryAndNotThePlugin(t *testing.T) {
	t.Parallel()
	l := project.Layout{Root: t.TempDir()}.WithDefaults()
	for name, text := range map[string]string{
		"env/.env.example": standingTemplate, ".env": "SEARCH_OLD=x\nSEARCH_URL=http://me:canarypass@db\nLEVEL=info\n",
		"compose/docker-compose.yml": "services: {api: {image: x, environment: {A: '${SEARCH_TOKEN_OF_API:-}', B: '${SEARCH_PORT}'}}}\n",
	} {
		path := filepath.Join(l.Root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	of := plugins.Variables((&app.Run{Environ: []string{"AWS_SECRET_ACCESS_KEY=canary", "SEARCH_PORT=1", "SEARCH_SHELL=1"}}), l)
	for name, want := range map[string]pluginhost.Standing{
		"POSTGRES_PASSWORD":     {Taken: true, Secret: true},
		"SEARCH_BACKUP":         {Taken: true, Secret: true}, // in another section of the template
		"LEVEL":                 {Taken: true},
		"SEARCH_PORT":           {}, // of the plugin's own section, whoever names it and sets it besides
		"SEARCH_URL":            {Secret: true},
		"SEARCH_OLD":            {Taken: true}, // in the environment, and never in the template
		"SEARCH_TOKEN_OF_API":   {Taken: true, Secret: true},
		"SEARCH_SHELL":          {Shell: true},
		"AWS_SECRET_ACCESS_KEY": {Shell: true},
		"SEARCH_NEW":            {},
	} {
		if got := of("search", name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if got := of("other", "SEARCH_PORT"); !got.Taken {
		t.Error("the variable of one plugin is another's too")
	}
}

func TestThePlacesOfARepositoryAreThoseOfItsLayout(t *testing.T) {
	t.Parallel()
	l := project.Layout{Root: t.TempDir(), ComposeDir: ".", EnvDir: "deploy/environments", EnvLink: "deploy/.env"}.WithDefaults()
	p := plugins.Places(l, nil)
	for _, at := range []string{"deploy/environments", "deploy/.env", ".git", "magefiles", "plugins", ".spellbook", "go.mod"} {
		if p[at] == "" {
			t.Errorf("%s is no place", at)
		}
	}
	for _, at := range []string{".", "env", "deploy"} {
		if p[at] != "" {
			t.Errorf("%s gives away %s", at, p[at])
		}
	}
}
