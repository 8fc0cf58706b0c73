package environ

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/dotenv/dotenvtest"
)

func scaffoldUses() []Usage {
	in := "compose/docker-compose.yml"
	uses := []Usage{
		{Variable: "POSTGRES_IMAGE", File: in, Line: 3, Service: "postgres", Default: "postgres:16", HasDefault: true},
		{Variable: "POSTGRES_PASSWORD", File: in, Line: 4, Service: "postgres", Required: true},
		{Variable: "POSTGRES_PORT", File: in, Line: 5, Service: "postgres", Default: "5432", HasDefault: true},
		{Variable: "BIND_ADDRESS", File: in, Line: 6, Service: "postgres", Default: "127.0.0.1", HasDefault: true},
		{Variable: "POSTGRES_PORT", File: in, Line: 9, Service: "api", Default: "5433", HasDefault: true},
		{Variable: "POSTGRES_PORT", File: in, Line: 9, Service: "worker"},
		{Variable: "NEO4J_PLUGINS", File: in, Line: 10, Service: "neo4j", Default: `["apoc", "it's $$x"]`, HasDefault: true},
		{Variable: "REDIS_PASSWORD", File: in, Line: 11, Service: "redis", Default: "changeme", HasDefault: true},
		{Variable: "OPENAI_API_KEY", File: in, Line: 12, Service: "api", ByName: true},
		{Variable: "DATABASE_URL", File: in, Line: 13, Service: "api", Default: "postgres://u:pw@db/x", HasDefault: true},
		{Variable: "PUBLIC_URL", File: in, Line: 14, Service: "api", Default: "http://${HOST:-h}:80", HasDefault: true},
		{Variable: "OWNER", File: in, Line: 15, Required: true},
		{Variable: "TIMEOUT", File: in, Line: 16, Default: "30", HasDefault: true},
		{Variable: "DEBUG", File: in, Line: 17, Default: "false", HasDefault: true},
		{Variable: "DB_PASSWORD_FILE", File: in, Line: 18, Default: "/run/secrets/db", HasDefault: true},
		{Variable: "KAFKA_PORT", File: "plugin kafka", Default: "9092", HasDefault: true},
		{Variable: "ODD", File: "apps/[id]/compose.yml", Line: 1},
		{Variable: "COMPOSE_PROJECT_NAME", File: in, Line: 19},
		{Variable: "HOME", File: in, Line: 20},
		{Variable: "VERBOSE", File: in, Line: 22, Service: "api", Alternative: true},
		{Variable: "VERBOSE", File: in, Line: 23, Service: "api", Default: "0", HasDefault: true},
		{Variable: "HTTP_PORT", File: in, Line: 24, Service: "api", Default: "80", HasDefault: true},
		{Variable: "HTTP_PORT", File: in, Line: 25, Service: "worker", Default: "81", HasDefault: true},
		{Variable: "TZ", File: in, Line: 26, Service: "api", ByName: true},
		{Variable: "NESTED", File: in, Line: 21, Default: "a${OWNER}", HasDefault: true},
	}
	for i, u := range uses {
		uses[i].EmptyIsMissing = u.HasDefault && u.Variable != "NESTED"
	}
	return uses
}

func TestATemplateIsWrittenFromTheUsesAsItsGoldenSays(t *testing.T) {
	var b strings.Builder
	for _, existing := range []string{"", "# Mine.\r\n# [port]\r\nPOSTGRES_PORT=1\r\n# the end", "\n\n"} {
		document, added, err := ScaffoldTemplate(dotenv.Parse(existing), scaffoldUses(), nil)
		must(t, err)
		_, err = ParseTemplate("t", document.String())
		must(t, err)
		fmt.Fprintf(&b, "==== %q\n%s---- %s\n", existing, strings.ReplaceAll(document.String(), "\r", "␍"), strings.Join(added, " "))
	}
	golden(t, "scaffold.golden", b.String())
}

func TestScaffoldingLosesNoLineAndASecondTimeAddsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		use := rapid.Custom(func(t *rapid.T) Usage {
			name := rapid.SampledFrom([]string{"A", "B", "X_PORT", "X_PASSWORD", "X_URL", "X_TOKEN", "X_DIR", "USE_X"}).Draw(t, "name")
			return Usage{Variable: name, File: rapid.SampledFrom([]string{"a.yml", "[b].yml"}).Draw(t, "file"), Service: rapid.SampledFrom([]string{"", "s", "[t]"}).Draw(t, "service"),
				Default: dotenvtest.Value().Draw(t, "default"), HasDefault: rapid.Bool().Draw(t, "has"), EmptyIsMissing: rapid.Bool().Draw(t, "empty"), Required: rapid.Bool().Draw(t, "required")}
		})
		scaffolds(t, dotenvtest.Text().Draw(t, "text"), rapid.SliceOfN(use, 0, 6).Draw(t, "uses"))
	})
}

func scaffolds(t fataler, text string, uses []Usage) {
	before := dotenv.Parse(text)
	after, added, err := ScaffoldTemplate(before, uses, nil)
	if err != nil {
		if before.Sound() == nil {
			t.Fatalf("%q: %v", text, err)
		}
		return
	}
	kept := strings.TrimRightFunc(text, unicode.IsSpace)
	if !strings.HasPrefix(after.String(), kept) || len(added) == 0 && after.String() != text {
		t.Fatalf("%q became %q", text, after)
	}
	for _, u := range uses {
		if after.Winner(u.Variable) < 0 {
			t.Fatalf("%s is not in %q", u.Variable, after)
		}
	}
	if _, err := ParseTemplate("t", text); err == nil {
		if _, err := ParseTemplate("t", after.String()); err != nil {
			t.Fatalf("%q is no template any more: %v", after, err)
		}
	}
	if again, more, err := ScaffoldTemplate(after, uses, nil); err != nil || len(more) > 0 || again.String() != after.String() {
		t.Fatalf("%q, a second time: %v", after, err)
	}
}

func TestAScaffoldedEnvironmentGivesWhatTheDefaultsGave(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := Usage{Variable: "A", File: "a.yml", Default: dotenvtest.Value().Draw(t, "default"), HasDefault: true, EmptyIsMissing: rapid.Bool().Draw(t, "empty")}
		document, _, err := ScaffoldTemplate(dotenv.Document{}, []Usage{u}, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := dotenv.Last(document.Evaluate(nil))["A"]
		keeps := !a.IsSet || a.Value == "" && u.EmptyIsMissing
		if plain := strings.ReplaceAll(u.Default, "$$", "$"); !keeps && a.Value != plain {
			t.Fatalf("%q gives %q, the default is %q", document, a.Value, u.Default)
		}
	})
}

// A name alone is no type, and what may have to be of some form is not generated.
func TestOnlyWhatIsSureIsWritten(t *testing.T) {
	for name, c := range map[string]struct {
		use     Usage
		present string
		want    []string
	}{
		"DB_ADDRESS":             {Usage{}, "", nil},
		"QUEUE_ADDRESS":          {Usage{Default: "queue:5432"}, "", nil},
		"ADMIN_ADDRESS":          {Usage{}, "anna@example.org", nil},
		"LISTEN_ADDRESS":         {Usage{Default: "0.0.0.0"}, "", []string{"[host?]"}},
		"DB_HOST":                {Usage{Default: "database"}, "database:5432", nil},
		"CACHE_HOST":             {Usage{Default: "cache"}, "", []string{"[host?]"}},
		"SMTP_AUTH_TYPE":         {Usage{Default: "plain"}, "", nil},
		"API_KEY_PREFIX":         {Usage{Default: "sk"}, "", nil},
		"ENCRYPTION_KEY":         {Usage{}, "", []string{"[secret]"}},
		"SECRET_KEY_BASE":        {Usage{Required: true}, "", []string{"[secret]", "[required]"}},
		"JWT_SECRET":             {Usage{}, "", []string{"[secret]"}},
		"OAUTH_TOKEN":            {Usage{}, "", []string{"[secret]"}},
		"SORT_KEY":               {Usage{}, "", nil},
		"LICENCE_KEY":            {Usage{}, "", nil},
		"SMTP_PASSWORD":          {Usage{}, "", []string{"[secret]"}},
		"POSTGRES_PW":            {Usage{}, "", []string{"[secret]", "[generate 24]"}},
		"WEB_PORT":               {Usage{}, "", nil},
		"DB_PORT":                {Usage{Path: "services.db.ports[0]"}, "", []string{"[port?]"}},
		"API_PORT":               {Usage{Path: "services.db.ports[0]"}, "127.0.0.1:80", nil},
		"DEBUG":                  {Usage{Default: "0"}, "", nil},
		"TELEMETRY":              {Usage{Default: "false"}, "", []string{"[bool?]"}},
		"CACHE_SIZE":             {Usage{Default: "100"}, "", nil},
		"POSTGRES_PASSWORD_FILE": {Usage{Default: "/run/secrets/db"}, "", []string{"[path?]"}},
		"DSN_TEXT":               {Usage{Default: "Server=db;Password=x;"}, "", []string{"[secret]"}},
	} {
		c.use.HasDefault = c.use.Default != ""
		if got := guess(name, c.use.Default, c.present, []Usage{c.use}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
}
