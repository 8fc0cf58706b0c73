package task

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func command(name string, needs ...string) Task {
	return Task{Name: name, Needs: needs, Steps: []Step{{Argv: []string{"true"}}}}
}

func TestMistakesAreToldTogetherBeforeAnythingRuns(t *testing.T) {
	t.Parallel()
	for want, tasks := range map[string][]Task{
		`task "a" is defined twice: give one of them another name`:               {command("a"), command("a")},
		`task "a" needs "lnit", which is not defined: did you mean lint?`:        {command("a", "lnit"), command("lint")},
		`task "a" has no command`:                                                {{Name: "a"}},
		"tasks need each other: a → b → c → a: take one of these task.Needs out": {command("a", "b"), command("b", "c"), command("c", "a")},
		"tasks need each other: a → a":                                           {command("a", "a")},
		`is no name of a task`:                                                   {command("a,b")},
		"without a program":                                                      {{Name: "a", Steps: []Step{{}}}},
		`has the pattern "../x"`:                                                 {{Name: "a", Inputs: []string{"../x"}, Steps: command("").Steps}},
		`has the pattern "![a"`:                                                  {{Name: "a", Outputs: []string{"![a"}, Steps: command("").Steps}},
		`sets "K", which is not KEY=value`:                                       {{Name: "a", Set: []string{"K"}, Steps: command("").Steps}},
		`the directory "../x"`:                                                   {{Name: "a", Dir: "../x", Steps: command("").Steps}},
	} {
		_, err := New(append(tasks, Task{Name: "other", Needs: []string{"nowhere"}}))
		var f *failure.Error
		if !errors.As(err, &f) || f.Code != failure.Usage || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		} else if !strings.Contains(err.Error(), `"nowhere"`) {
			t.Errorf("%s: the other mistake is not told: %v", want, err)
		}
	}
}

func TestOutputsOfTwoTasksMayNotOverlap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b    []string
		overlap bool
	}{
		{[]string{"dist"}, []string{"dist"}, true},
		{[]string{"dist"}, []string{"./dist/"}, true},
		{[]string{"x", "web/dist/js"}, []string{"web/dist"}, true},
		{[]string{"dist/**"}, []string{"dist/a/*.js"}, true},
		{[]string{"dist/*"}, []string{"dist/a"}, true},
		{[]string{"."}, []string{"a"}, true},
		{[]string{"dist"}, []string{"distant", "web/dist"}, false},
		{[]string{"gen/*.go"}, []string{"gen/*.md"}, false},
		{[]string{"dist", "!dist/docs"}, []string{"dist/docs/**"}, false},
		{[]string{"dist", "!dist/docs"}, []string{"dist/js", "!dist/js/x"}, true},
	} {
		a, b, other := command("a"), command("b"), command("c", "a", "b")
		a.Outputs, b.Outputs = c.a, c.b
		for _, tasks := range [][]Task{{a, b, other}, {b, other, a}} {
			_, err := New(tasks)
			if c.overlap && (failure.CodeOf(err) != failure.Usage || !strings.Contains(err.Error(), "have outputs that overlap") || !strings.Contains(err.Error(), `"`+c.b[0]+`"`)) ||
				!c.overlap && err != nil {
				t.Errorf("%v, %v: %v", c.a, c.b, err)
			}
		}
	}
}

func TestTheOrderIsThatOfDefinitionButForWhatIsNeededFirst(t *testing.T) {
	t.Parallel()
	g, err := New([]Task{command("d", "b", "c", "b"), command("b", "a"), command("c", "a"), command("a"), command("z")})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := g.names(), []string{"a", "b", "c", "d", "z"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	only, err := g.Only("c")
	if err != nil || !slices.Equal(only.names(), []string{"a", "c"}) {
		t.Errorf("c alone: %v, %v", only.names(), err)
	}
	less := g.Without(func(t Task) bool { return t.Name == "a" })
	if b, _ := less.Find("b"); len(b.Needs) != 0 {
		t.Errorf("b needs %v, and a is left out", b.Needs)
	}
	_, err = g.Only("y")
	if failure.CodeOf(err) != failure.Usage {
		t.Errorf("an unknown name: %v", err)
	}
}
