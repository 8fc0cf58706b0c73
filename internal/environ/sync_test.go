package environ

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/dotenv/dotenvtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

const syncTemplate = `# The variables. This is the head.

# ---- PostgreSQL ----

# Port on the host. [port]
POSTGRES_PORT=5432

# Password. [secret] [generate 8]
POSTGRES_PASSWORD=

# Old. [deprecated use POSTGRES_PORT]
PG_PORT=

# ---- Redis ----

# Image of Redis.
REDIS_IMAGE=redis:7.2
# Port of Redis.
REDIS_PORT=6379
NO_COMMENT=1
`

func TestSyncPutsWhatIsNewNextToItsNeighbours(t *testing.T) {
	var b strings.Builder
	for _, text := range []string{
		"",
		"# Mine.\n\n# my note\nPOSTGRES_PORT=1 # here\n\n# ---- Redis ----\n\n# Port of Redis.\nREDIS_PORT=2\n\n\n",
		"REDIS_PORT=2",
		"# about\nREDIS_PORT=2\r\nPOSTGRES_PASSWORD='x'\r\n",
		`POSTGRES_PASSWORD="x" MINE=2` + "\nNO_COMMENT\n# the end",
		"MINE=1\n# the end\n",
		syncTemplate,
	} {
		template, err := ParseTemplate("t", syncTemplate)
		must(t, err)
		next, added, err := Sync(template, dotenv.Parse(text), &endless{})
		must(t, err)
		fmt.Fprintf(&b, "==== %q\n%s----\n", text, strings.ReplaceAll(next.String(), "\r", "␍"))
		for _, a := range added {
			fmt.Fprintf(&b, "%s at line %d\n%s", a.Variable, a.Line, a)
		}
	}
	golden(t, "sync.golden", b.String())
}

func TestSyncAddsAndChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		syncs(t, dotenvtest.Text().Draw(t, "template"), dotenvtest.Text().Draw(t, "text"))
	})
}

func syncs(t fataler, templateText, text string) {
	template, err := ParseTemplate("t", templateText)
	before := dotenv.Parse(text)
	if err != nil || before.Sound() != nil {
		return
	}
	after, added, err := Sync(template, before, &endless{})
	if err != nil {
		t.Fatalf("%q into %q: %v", templateText, text, err)
	}
	lines, rest := 0, textsOf(after)
	for _, a := range added {
		entry := after.Entries[after.Winner(a.Variable)]
		if a.Line < 1 || a.Line > entry.Line {
			t.Fatalf("%s is at line %d, its addition at %d", a.Variable, entry.Line, a.Line)
		}
		lines += len(a.Lines)
	}
	for i, was := range textsOf(before) {
		for len(rest) > 0 && rest[0] != was && (strings.HasSuffix(was, "\n") || rest[0] != was+before.LineBreak()) {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			t.Fatalf("%q into %q: entry %d is missing in %q", templateText, text, i, after)
		}
		rest = rest[1:]
	}
	complete(t, template, after)
	if again, added, err := Sync(template, after, &endless{}); err != nil || len(added) > 0 || again.String() != after.String() {
		t.Fatalf("%q into %q: a second time adds %v: %v", templateText, text, added, err)
	}
}

func textsOf(d dotenv.Document) (texts []string) {
	for _, e := range d.Entries {
		texts = append(texts, e.Text)
	}
	return texts
}

func complete(t fataler, template Template, after dotenv.Document) {
	for _, v := range template.Variables {
		if v.UseInstead == "" && after.Winner(v.Name) < 0 && !template.IsOptional(v.Name) {
			t.Fatalf("%s is not in %q", v.Name, after)
		}
	}
}

func FuzzSyncAddsAndChangesNothing(f *testing.F) {
	f.Add(syncTemplate, "REDIS_PORT=2\n# x")
	f.Add("A='1' B=2\n\n# c\nC=3", "B=\"1\" D=3\r\n")
	f.Fuzz(func(t *testing.T, template, text string) { syncs(t, template, text) })
}

func TestSyncShowsNoGeneratedSecret(t *testing.T) {
	template, err := ParseTemplate("t", syncTemplate)
	must(t, err)
	_, added, err := Sync(template, dotenv.Document{}, &endless{})
	must(t, err)
	if shown := fmt.Sprint(added); strings.Contains(shown, "ABCDEFGH") || !strings.Contains(shown, "POSTGRES_PASSWORD=****") {
		t.Error(shown)
	}
}

func TestRotateMakesANewValueAndKeepsTheLine(t *testing.T) {
	template, err := ParseTemplate("t", "# [generate 8]\nA=\n# [secret]\nB=\n# [url]\nC_SECRET=\nD=1\n# [secret]\nE=\n")
	must(t, err)
	for _, c := range []struct{ text, name, want string }{
		{"A='x' # note\n", "A", "A='ABCDEFGH' # note\n"},
		{"A=${D}x\nB=x\n", "B", "A=${D}x\nB=ABCDEFGHIJKLMNOPQRSTUVWX\n"},
		{"", "A", "A=ABCDEFGH\n"},
		{"MY_TOKEN=1\n", "MY_TOKEN", "MY_TOKEN=ABCDEFGHIJKLMNOPQRSTUVWX\n"},
	} {
		got, err := Rotate(dotenv.Parse(c.text), template, c.name, &endless{})
		must(t, err)
		same(t, "the text", got.String(), c.want)
	}
	for _, c := range []struct{ text, name, want string }{
		{"D=1\n", "D", "D is not a secret"},
		{"C_SECRET=1\n", "C_SECRET", "C_SECRET is no plain text, so a generated value would not fit"},
		{"E=redis://:hunter2@h\n", "E", "E is no plain text, so a generated value would not fit"},
		{"MY_TOKEN=${B}:${A}\n", "MY_TOKEN", "MY_TOKEN is made of other variables\n  → rotate what it is made of: mage env:rotate B"},
		{"MY_TOKEN=x\n", "MY_TOKE", "no variable MY_TOKE\n  → did you mean MY_TOKEN?"},
	} {
		_, err := Rotate(dotenv.Parse(c.text), template, c.name, &endless{})
		if failure.CodeOf(err) != failure.Usage || !strings.HasPrefix(err.Error(), c.want) || !strings.Contains(err.Error(), "→") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
