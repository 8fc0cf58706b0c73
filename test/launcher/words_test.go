package launcher_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/usage"
)

// talking has targets that print their name, of every kind of argument and flag that Mage knows.
const talking = `//go:build mage

package main

import (
	"fmt"
	"time"

	"github.com/magefile/mage/mg"

	_ "github.com/infinitescribe/spellbook/magefiles/targets/infra"
)

var Aliases = map[string]any{"hi": Greet, "unpack": Box.Open}

// Box is a namespace.
type Box mg.Namespace

// Open takes an argument and a flag.
func (Box) Open(name string, dry *bool) { fmt.Println("ran box:open", name, dry != nil && *dry) }

// Say takes an argument and no flag: <word> -x=<string>.
func Say(word string) { fmt.Println("ran say", word) }

// Weigh takes arguments of all types.
func Weigh(count int, ratio float64, sure bool, wait time.Duration) {
	fmt.Println("ran weigh", count, ratio, sure, wait)
}

// Tune takes flags of all types.
func Tune(name *string, count *int, ratio *float64, sure *bool, maxWait *time.Duration) {
	fmt.Println("ran tune")
}
`

// newTalkingRepository has adopted Spellbook, whose library reads the words of a call.
func newTalkingRepository(t *testing.T) *repository {
	t.Helper()
	r := newRepository(t)
	tree, err := filepath.Abs(projectRoot)
	r.must(err)
	mod := read(t, filepath.Join(projectRoot, "test/testdata/foreign/go.mod"))
	mod = regexp.MustCompile("(?m)^module .*").ReplaceAllString(mod, "module example.test/tiny")
	r.write("go.mod", strings.ReplaceAll(mod, "=> ../../..", "=> "+tree))
	r.write("go.sum", read(t, filepath.Join(projectRoot, "go.sum")))
	r.write("magefiles/talking.go", talking)
	r.variables = []string{"GOFLAGS=-mod=mod", "GOWORK=off", "PLUGINS="}
	r.mage("-l")
	return r
}

// Mage itself runs a target before it looks at the words behind it.
func TestNothingRunsBeforeEveryWordIsUnderstood(t *testing.T) {
	t.Parallel()
	r := newTalkingRepository(t)
	for says, calls := range map[string][][]string{
		`no target "extra"`: {{"extra"}, {"say", "one", "extra"}, {"-v", "tune", "extra"}, {"-t", "5s", "tune", "extra"}},
		`no target ""`:      {{""}, {"tune", ""}, {"tune", "-sure", ""}},
		"has no flag -dry":  {{"say", "one", "-dry"}, {"hi", "-dry"}, {"tune", "-dry=true"}, {"tune", "-sure", "-dry"}, {"say", "-dry"}, {"weigh", "1", "1", "1", "1s", "--dry"}},
		"has no flag -s":    {{"tune", "-s"}, {"tune", "-s=secret"}},
		"has no flag -.*":   {{"tune", "-.*"}},
		"has no flag -:":    {{"tune", "-"}},
		"needs <word>":      {{"say"}, {"say", "--"}},
		"needs <name>":      {{"box:open"}, {"UNPACK", "-dry"}, {"Box:Open", "-dry=1"}},
		"needs <wait>":      {{"weigh", "1", "2", "true"}},
		"needs a value":     {{"tune", "-name"}, {"tune", "-maxwait", "-sure"}, {"tune", "--Count"}},
		"is no duration":    {{"tune", "-maxwait=abc"}, {"tune", "-maxwait="}, {"tune", "-maxwait", "abc"}, {"weigh", "1", "2", "1", "abc"}},
		"is no int":         {{"tune", "-count=many"}, {"weigh", "1.5", "2", "1", "1s"}},
		"is no float64":     {{"tune", "-ratio=half"}},
		"is no bool":        {{"box:open", "one", "-dry=maybe"}, {"unpack", "one", "-dry="}, {"tune", "-SURE=yes"}},
		"has no duration":   {{"-t=abc", "tune"}, {"-t", "tune"}, {"--t=5", "tune"}},
		"not true or false": {{"-v=maybe", "tune"}},
		"before a target":   {{"-dry", "tune"}},
	} {
		for _, call := range calls {
			refused(t, r, says, call...)
			if !strings.HasPrefix(call[0], "-") { // not an option of Mage itself
				refused(t, r, says, append([]string{"greet", "-name=x", "say", "hello"}, call...)...)
			}
		}
	}
}

// refused runs the command that the message ends with, too.
func refused(t *testing.T, r *repository, says string, call ...string) {
	t.Helper()
	stdout, stderr, code := outcome(r.command(".", call...))
	if code != 2 || stdout != "" || !strings.Contains(stderr, says) || !strings.Contains(stderr, ": nothing was run\n") {
		t.Errorf("%q: exit %d\n%s%swant %s", call, code, stdout, stderr, says)
	}
	if strings.Contains(stderr, "secret") {
		t.Errorf("%q: the value of a flag is told: %s", call, stderr)
	}
	launcher := regexp.QuoteMeta("'" + filepath.Join(r.root, "scripts/mage") + "'")
	if next := regexp.MustCompile(`→ ` + launcher + ` (-\S+)( [a-z:]+)?`).FindStringSubmatch(stderr); next != nil {
		r.mage(strings.Fields(next[1] + strings.TrimSuffix(next[2], " lists"))...)
	}
}

func TestWhatAWordWasMeantForIsSaid(t *testing.T) {
	t.Parallel()
	for call, want := range map[string]string{
		"up":                               "did you mean dev:up, infra:up or test:up?",
		"infr:up":                          "did you mean infra:up?\n  infra:up [-services=TEXT]",
		"infra:ps":                         "did you mean infra:status?",
		"ps":                               "did you mean infra:status?",
		"infra":                            "→ scripts/mage -h infra\n",
		"infra:nothing":                    "→ scripts/mage -h infra\n",
		"infra:up -wrong":                  "infra:up has no flag -wrong: nothing was run\n  infra:up [-services=TEXT]",
		"infra:up -servces=a":              "did you mean -services?",
		"infra:up postgres redis":          "→ scripts/mage infra:up -services=postgres,redis\n",
		"infra:exec postgres ls -la /":     "→ scripts/mage infra:exec postgres 'ls -la /'\n",
		"infra:exec postgres ls /":         "→ scripts/mage infra:exec postgres 'ls /'\n",
		"infra:exec postgres -- ls /":      "→ scripts/mage infra:exec postgres 'ls /'\n",
		"infra:up infra:rcreate":           "did you mean infra:recreate?",
		"-h nothing":                       "no target \"nothing\"",
		"infra:logs -tail=5 -follow extra": "did you mean -services=extra?",
	} {
		if _, stderr, code := outcome(projectCommand(t, append([]string{"scripts/mage"}, strings.Fields(call)...)...)); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d\n%swant %s", call, code, stderr, want)
		}
	}
}

func TestWhatIsMeantIsRun(t *testing.T) {
	t.Parallel()
	r := newTalkingRepository(t)
	for want, calls := range map[string][][]string{
		"ran box:open one true\n": {{"box:open", "one", "-dry"}, {"Unpack", "one", "-DRY=T"}, {"-t", "5s", "box:open", "one", "--dry"}, {"-v=false", "box:open", "one", "-dry=false", "-dry"},
			{"box:open", "-dry", "one"}, {"box:open", "--", "one", "--dry"}, {"box:open", "one", "--", "-dry"}},
		"ran box:open -5 false\n":    {{"box:open", "-5"}},
		"ran say \nran say a b\n":    {{"say", "", "say", "a b"}, {"-t=1h30m", "SAY", "", "say", "a b"}},
		"ran weigh -1 0.5 true 0s\n": {{"weigh", "-1", ".5", "1", "0"}},
		"ran tune\nhello kafka x\n": {{"tune", "-name=-x=*", "-maxWait=1.5h", "hi", "-name=x"}, {"tune", "-name=", "greet", "--name=x"},
			{"tune", "-count", "-5", "--maxwait", "5m", "hi", "-name", "x"}},
	} {
		for _, call := range calls {
			if got := r.mage(call...); got != want {
				t.Errorf("%q printed %q, want %q", call, got, want)
			}
		}
	}
	for want, calls := range map[string][][]string{
		"box:open takes an argument and a flag.\n": {{"box:open", "-h"}, {"box:open", "--help"}, {"-h", "box:open"}, {"help", "box:open"}, {"--help", "unpack"}, {"say", "x", "box:open", "one", "-h"}},
		"TARGET [ARGUMENT …]":                      {{"-h"}, {"--help"}, {"help"}},
		"\nbox\n  box:open":                        {{"-l"}},
		"box\n  box:open":                          {{"-h", "box"}, {"-l", "box"}, {"help", "BOX"}},
		"Mage v":                                   {{"-version"}, {"--version"}},
	} {
		for _, call := range calls {
			if got := r.mage(call...); !strings.Contains("\n"+got, want) || strings.Contains(got, "ran ") {
				t.Errorf("%q printed %q, want %q", call, got, want)
			}
		}
	}
}

// Without the table beside it the binary has Mage's own help.
func TestWhatTheLauncherKnowsOfATargetIsWhatMagesHelpSays(t *testing.T) {
	t.Parallel()
	targets := listed(inProject(t, "scripts/mage", "-l"))
	binaries, err := filepath.Glob(filepath.Join(projectCache, "mage/*/mage"))
	if err != nil || len(binaries) != 1 {
		t.Fatalf("binaries = %q, %v", binaries, err)
	}
	alone := filepath.Join(t.TempDir(), "mage")
	if err := os.Link(binaries[0], alone); err != nil {
		t.Fatal(err)
	}
	// What a launcher of another time has written is no table either.
	if err := os.WriteFile(filepath.Join(filepath.Dir(alone), "targets"), []byte("infra:up services=string timeout=duration\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	known := usage.Parse(read(t, filepath.Join(filepath.Dir(binaries[0]), "targets")))
	for _, target := range targets {
		help := inProject(t, alone, "-h", target)
		want := strings.ToLower(target)
		_, usage, _ := strings.Cut(help, "Usage:")
		usage, _, _ = strings.Cut(strings.TrimSpace(usage), "\n")
		for _, argument := range regexp.MustCompile(` <(\w+)>`).FindAllStringSubmatch(usage, -1) {
			want += " <" + argument[1] + ">"
		}
		for _, flag := range regexp.MustCompile(`(?m)^\s+-(\w+)=<(?:time\.)?(\w+)>`).FindAllStringSubmatch(help, -1) {
			want += " [-" + strings.ToLower(flag[1]) + map[string]string{"string": "=TEXT", "int": "=N", "bool": "", "Duration": "=5m30s"}[flag[2]] + "]"
		}
		if got := known.Find(target).Usage(); got != want {
			t.Errorf("the launcher knows %q, the help says %q", got, want)
		}
	}
	if len(targets) == 0 || known.Find("clean") != known.Find("clean:all") {
		t.Errorf("%d targets, clean is %v", len(targets), known.Find("clean"))
	}
}

// listed are the targets of a list, of Mage's own or of ours.
func listed(list string) (targets []string) {
	for _, match := range regexp.MustCompile(`(?m)^  ([\w:]+)`).FindAllStringSubmatch(list, -1) {
		targets = append(targets, match[1])
	}
	return targets
}

// An environment or plugin of these names is not there, should they run after all.
func TestAFlagBehindATargetWithoutFlagsIsRefused(t *testing.T) {
	t.Parallel()
	for _, call := range [][]string{{"env:use", "nosuch", "-dry"}, {"plugin:enable", "nosuch", "-dry"}} {
		if _, stderr, code := outcome(projectCommand(t, append([]string{"scripts/mage"}, call...)...)); code != 2 || !strings.Contains(stderr, call[0]+" has no flag -dry: nothing was run") {
			t.Errorf("%q: exit %d\n%s", call, code, stderr)
		}
	}
}

func TestARefusalIsSpelledAsTheScriptWasCalled(t *testing.T) {
	t.Parallel()
	for call, want := range map[string]string{
		"infra:up -- postgres": "→ pnpm run infra:up -services=postgres\n",
		"infra:exec postgres":  "→ scripts/mage -h infra:exec\n", // for which there is no script
	} {
		cmd := projectCommand(t, append([]string{"scripts/mage"}, strings.Fields(call)...)...)
		cmd.Env = append(cmd.Environ(), "npm_config_user_agent=pnpm/10.0.0 npm/? node/v22", "npm_lifecycle_event="+strings.Fields(call)[0])
		if _, stderr, code := outcome(cmd); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d\n%swant %s", call, code, stderr, want)
		}
	}
}
