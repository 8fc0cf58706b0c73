package launcher_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// talking has targets that print their name, of every kind of argument and flag that Mage knows.
const talking = `//go:build mage

package main

import (
	"fmt"
	"time"

	"github.com/magefile/mage/mg"
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

func newTalkingRepository(t *testing.T) *repository {
	t.Helper()
	r := newRepository(t)
	r.write("magefiles/talking.go", talking)
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
		"has no flag -dry":  {{"say", "one", "-dry"}, {"hi", "-dry"}, {"tune", "-dry=true"}, {"tune", "-sure", "-dry"}, {"weigh", "1", "1", "1", "1s", "--dry"}},
		"has no flag -s":    {{"tune", "-s"}, {"tune", "-s=secret"}},
		"has no flag -.*":   {{"tune", "-.*"}},
		"needs <word>":      {{"say"}, {"tune", "say"}, {"say", "-dry"}, {"say", "--", "one"}},
		"needs <name>":      {{"box:open"}, {"UNPACK", "-dry", "one"}, {"Box:Open", "-dry=1"}},
		"needs <wait>":      {{"weigh", "1", "2", "true"}},
		"needs a value":     {{"tune", "-name"}, {"tune", "-maxwait", "5m"}, {"tune", "--Count"}},
		"is no duration":    {{"tune", "-maxwait=abc"}, {"tune", "-maxwait="}, {"weigh", "1", "2", "1", "abc"}},
		"is no int":         {{"tune", "-count=many"}, {"weigh", "1.5", "2", "1", "1s"}},
		"is no float64":     {{"tune", "-ratio=half"}},
		"is no bool":        {{"box:open", "one", "-dry=maybe"}, {"unpack", "one", "-dry="}, {"tune", "-SURE=yes"}},
		"leave it out":      {{"box:open", "one", "--", "-dry"}, {"tune", "-"}},
		"has no duration":   {{"-t=abc", "tune"}, {"-t", "tune"}, {"--t=5", "tune"}},
		"not true or false": {{"-v=maybe", "tune"}},
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
	if code != 2 || stdout != "" || !strings.Contains(stderr, says) || !strings.Contains(stderr, ": nothing was run; ") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("%q: exit %d\n%s%swant %s", call, code, stdout, stderr, says)
	}
	if strings.Contains(stderr, "secret") {
		t.Errorf("%q: the value of a flag is told: %s", call, stderr)
	}
	if next := regexp.MustCompile(`; scripts/mage (-\S+)( [a-z:]+)?`).FindStringSubmatch(stderr); next != nil {
		r.mage(strings.Fields(next[1] + next[2])...)
	}
}

func TestWhatMageUnderstandsIsRun(t *testing.T) {
	t.Parallel()
	r := newTalkingRepository(t)
	for want, calls := range map[string][][]string{
		"ran box:open one true\n":    {{"box:open", "one", "-dry"}, {"Unpack", "one", "-DRY=T"}, {"-t", "5s", "box:open", "one", "--dry"}, {"-v=false", "box:open", "one", "-dry=false", "-dry"}},
		"ran box:open -5 false\n":    {{"box:open", "-5"}},
		"ran say \nran say a b\n":    {{"say", "", "say", "a b"}, {"-t=1h30m", "SAY", "", "say", "a b"}},
		"ran weigh -1 0.5 true 0s\n": {{"weigh", "-1", ".5", "1", "0"}},
		"ran tune\nhello kafka x\n":  {{"tune", "-name=-x=*", "-maxWait=1.5h", "hi", "-name=x"}, {"tune", "-name=", "greet", "--name=x"}},
	} {
		for _, call := range calls {
			if got := r.mage(call...); got != want {
				t.Errorf("%q printed %q, want %q", call, got, want)
			}
		}
	}
}

func TestAValueIsRefusedJustWhereMageCannotConvertIt(t *testing.T) {
	t.Parallel()
	r := newTalkingRepository(t)
	binary, err := filepath.Glob(filepath.Join(r.cache, "mage/*/mage"))
	r.must(err)
	for flag, values := range map[string][]string{
		"count":   {"0", "-7", "+7", "007", "1_000", "0x10", "1e3", " 1", "", "-", "99999999999999999999"},
		"ratio":   {"0", "-.5", "5.", "+1e3", "1E-9", "1e", ".", "e1", "1,5", "", "1e999"},
		"sure":    {"1", "0", "t", "T", "true", "True", "TRUE", "tRUE", "f", "F", "false", "False", "FALSE", "yes", "on", ""},
		"maxwait": {"0", "+0", "5", "5s", "1h30m", "-1.5h", ".5s", "1.m", "300ms", "3600000ms", "100us", "100µs", "5ns", "5 s", "s", ".s", "1d", "", "99999999999h"},
	} {
		for _, value := range values {
			call := []string{"tune", "-" + flag + "=" + value}
			cmd := r.command(".", call...)
			cmd.Path = binary[0]
			_, _, want := outcome(cmd)
			if _, stderr, code := outcome(r.command(".", call...)); code != want {
				t.Errorf("%q: exit %d, by Mage alone %d\n%s", call, code, want, stderr)
			}
		}
	}
}

// The help of a target is Mage's own word on what the target takes.
func TestWhatTheLauncherKnowsOfATargetIsWhatItsHelpSays(t *testing.T) {
	t.Parallel()
	targets := regexp.MustCompile(`(?m)^  ([\w:]+)`).FindAllStringSubmatch(inProject(t, "scripts/mage", "-l"), -1)
	known := readTargets(t, projectCache)
	for _, match := range targets {
		help := inProject(t, "scripts/mage", "-h", match[1])
		want := []string{strings.ToLower(match[1])}
		_, usage, _ := strings.Cut(help, "Usage:")
		usage, _, _ = strings.Cut(strings.TrimSpace(usage), "\n")
		for _, argument := range regexp.MustCompile(` <(\w+)>`).FindAllStringSubmatch(usage, -1) {
			want = append(want, argument[1])
		}
		for _, flag := range regexp.MustCompile(`(?m)^\s+-(\w+)=<(?:time\.)?(\w+)>`).FindAllStringSubmatch(help, -1) {
			want = append(want, "-"+strings.ToLower(flag[1])+":"+strings.ToLower(flag[2]))
		}
		if words := withoutTypesOfArguments(known[want[0]]); !slices.Equal(words, want) {
			t.Errorf("the launcher knows %q, the help says %q", words, want)
		}
	}
	if len(targets) == 0 || known["clean"] != known["clean:all"] {
		t.Errorf("%d targets, clean is %q", len(targets), known["clean"])
	}
}

// readTargets reads what the launcher wrote down beside the binary, by name.
func readTargets(t *testing.T, cache string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cache, "mage/*/targets"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files = %q, %v", files, err)
	}
	known := map[string]string{}
	for line := range strings.Lines(read(t, files[0])) {
		name, takes, _ := strings.Cut(strings.TrimSpace(line), " ")
		known[name] = takes
	}
	return known
}

func withoutTypesOfArguments(takes string) []string {
	words := strings.Fields(takes)
	for i := range words {
		if i > 0 && words[i][0] != '-' {
			words[i], _, _ = strings.Cut(words[i], ":")
		}
	}
	return words
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
