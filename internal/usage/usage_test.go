package usage

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const sample = "clean\tclean:all\n" +
	"infra:up\texample.org/infra\t -services:string -timeout:duration -dry:bool\t\"brings the stack to ready.\"\t\"Up brings the stack to ready.\"\t\"Flags:\\n\\n\\t-services=<string>  only these\\n\\n\"\n" +
	"infra:exec\texample.org/infra\t service:string command:string\t\"runs a line: mage infra:exec db \\\"ls /\\\".\"\t\"Exec runs a line.\"\t\"\"\n" +
	"clean:all\t\t -yes:bool\t\"removes all of what was made, whatever it was.\"\t\"All removes all.\"\t\"\"\n" +
	"kafka:tail\texample.org/magefiles/plugins\t name:string -n:int\t\"prints messages.\"\t\"Tail prints messages.\"\t\"\"\n" +
	"greet\t\t\t\"greets.\"\t\"Greet greets.\"\t\"\"\n"

func TestFlagsStandBehindTheArgumentsWithTheirValue(t *testing.T) {
	for call, want := range map[string]string{
		"infra:up --services a,b -DRY":           "infra:up -services=a,b -dry",
		"clean -- -yes infra:up":                 "clean:all -yes infra:up",
		"-t 5m kafka:tail -n -5 orders greet --": "-t=5m kafka:tail orders -n=-5 greet",
		"kafka:tail -- orders --n=3":             "kafka:tail orders -n=3",
		"":                                       "",
	} {
		got, err := Parse(sample).Understand(strings.Fields(call))
		if err != nil || strings.Join(got.Words, " ") != want || got.Show != Nothing {
			t.Errorf("%s: %+v, %v; want %s", call, got, err, want)
		}
	}
}

// Mage would run the first targets of what it does not understand.
func TestWhatWasUnderstoodIsUnderstoodAsItIs(t *testing.T) {
	table := Parse(sample)
	words := rapid.SampledFrom([]string{"infra:up", "clean", "infra:exec", "kafka:tail", "greet", "--", "-dry", "--services", "-n", "-n=5", "-yes", "a", "5", "-5", "-h", "help", "-l", "", "-"})
	rapid.Check(t, func(t *rapid.T) {
		first, err := table.Understand(rapid.SliceOfN(words, 0, 6).Draw(t, "words"))
		if err != nil || first.Show != Nothing {
			return
		}
		again, err := table.Understand(first.Words)
		if err != nil || strings.Join(again.Words, "\n") != strings.Join(first.Words, "\n") {
			t.Fatalf("%q became %q, %v", first.Words, again.Words, err)
		}
	})
}

func TestTheListHasAHeadingForEachNamespaceAndIsBrokenAtTheWidth(t *testing.T) {
	for width, want := range map[int]string{
		0: `clean
  clean:all   removes all of what was made, whatever it was.

infra
  infra:exec  runs a line: run infra:exec db "ls /".
  infra:up    brings the stack to ready.

without a namespace
  greet       greets.

run -h TARGET says what a target takes.
Left out are the commands of plugins that are not enabled: kafka. run plugin:enable NAME changes that.
`,
		40: `clean
  clean:all   removes all of what was
              made, whatever it was.

infra
  infra:exec  runs a line: run
              infra:exec db "ls /".
  infra:up    brings the stack to ready.

without a namespace
  greet       greets.

run -h TARGET says what a target takes.
Left out are the commands of plugins
that are not enabled: kafka. run
plugin:enable NAME changes that.
`,
	} {
		var b strings.Builder
		table := Parse(sample)
		screen := Screen{&b, width, func(text string) string { return strings.ReplaceAll(text, "mage ", "run ") }}
		if err := table.List(screen, table.Plugins()); err != nil || b.String() != want {
			t.Errorf("%d: %v\n%s", width, err, b.String())
		}
	}
}
