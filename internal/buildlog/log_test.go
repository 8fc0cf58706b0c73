package buildlog

import (
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"github.com/infinitescribe/spellbook/internal/engine"
)

func TestStepsAreTheInstructionsWithStageCacheAndTime(t *testing.T) {
	l, _ := replay(t, "new-linked")
	if _, cached, total := l.Counts(); cached != 6 || total != 7 {
		t.Errorf("got %d of %d cached", cached, total)
	}
	l, _ = replay(t, "ok")
	done, cached, total := l.Counts()
	if done != 6 || cached != 1 || total != 6 {
		t.Errorf("got %d done, %d cached of %d", done, cached, total)
	}
	steps := l.Steps()
	at := slices.IndexFunc(steps, func(s Step) bool { return strings.HasPrefix(s.Name, "RUN echo compiling") })
	if at < 0 {
		t.Fatalf("got %+v", steps)
	}
	s := steps[at]
	if s.Stage != "builder" || s.Number != 4 || s.Of != 4 || !s.Done || s.Cached || s.Took <= 0 || !slices.Equal(s.Output, []string{"compiling", "unit 1", "unit 2", "unit 3"}) {
		t.Errorf("got %+v", s)
	}
}

// BuildKit 0.8 tells of the first step first, 0.34.2 of the last.
func TestStepsComeInTheOrderOfTheDockerfile(t *testing.T) {
	want := []string{"WORKDIR /src", "COPY main.sh .", "RUN echo compiling", "COPY --from=builder", "RUN echo tools", "COPY --from=tools"}
	for _, name := range []string{"ok", "new-ok"} {
		l, _ := replay(t, name)
		steps := slices.DeleteFunc(l.Steps(), func(s Step) bool { return s.Number == 0 || strings.HasPrefix(s.Name, "FROM") })
		if len(steps) != len(want) {
			t.Fatalf("%s: got %+v", name, steps)
		}
		for i, s := range steps {
			if !strings.HasPrefix(s.Name, want[i]) {
				t.Errorf("%s: step %d is %s, want %s", name, i, s.Name, want[i])
			}
		}
	}
	l, _ := replay(t, "new-linked")
	steps := l.Steps()
	if last := steps[len(steps)-1]; last.Name != "RUN echo linked" { // what it is linked to comes before
		t.Errorf("the last is %+v", last)
	}
}

func TestASecondBuildIsCachedWhole(t *testing.T) {
	l, _ := replay(t, "cached")
	if done, cached, total := l.Counts(); done != 6 || cached != 6 || total != 6 {
		t.Errorf("got %d done, %d cached of %d", done, cached, total)
	}
}

func TestAStepOfSeveralBuildsKnowsItsBuild(t *testing.T) {
	l, _ := replay(t, "new-linked")
	for _, s := range l.Steps() {
		if s.Target != "backend" && s.Target != "common" {
			t.Errorf("got %+v", s)
		}
		if s.Stage == s.Target {
			t.Errorf("the build is taken for the stage: %+v", s)
		}
	}
}

func TestNotesTellOfChangesOnly(t *testing.T) {
	for _, name := range []string{"ok", "cached", "new-ok", "new-linked", "run"} {
		_, notes := replay(t, name)
		if len(notes) == 0 || len(notes) > 25 {
			t.Errorf("%s: %d notes", name, len(notes))
		}
		for i := 1; i < len(notes); i++ {
			if notes[i] == notes[i-1] {
				t.Errorf("%s: %+v comes twice", name, notes[i])
			}
		}
	}
}

func TestNotesCountTheStepsOfTheWholeBuildAndTheBytesOfATransfer(t *testing.T) {
	_, notes := replay(t, "new-ok")
	for _, want := range []engine.Note{
		{Text: "2/6 builder: COPY main.sh ."},
		{Text: "fetching 127.0.0.1:33943/lab/base:bookworm", Current: 32834296, Total: 32834296},
		{Text: "sending the context", Current: 55},
		{Text: "exporting the image"},
		{Text: "loading the image", Current: 293, Total: 293},
	} {
		if !slices.Contains(notes, want) {
			t.Errorf("no %+v in %+v", want, notes)
		}
	}
	if _, notes = replay(t, "run"); notes[len(notes)-1].Text[:12] != "3/4 builder:" || !strings.HasSuffix(notes[len(notes)-1].Text, "(1 cached)") {
		t.Errorf("got %+v", notes[len(notes)-1])
	}
}

func TestOutputCutAnywhereBecomesItsLines(t *testing.T) {
	text := "one\ntwo\r\n\x1b[32mthree\x1b[0m\n10%\r50%\r100%\nlast"
	same := func(at uint8) bool {
		v, n := &vertex{}, int(at)%len(text)
		v.print([]byte(text[:n]))
		v.print([]byte(text[n:]))
		return slices.Equal(v.lines(), []string{"one", "two", "three", "100%", "last"})
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}

func TestBuildKitsFindingsAreWarnedOfOnce(t *testing.T) {
	var notes []engine.Note
	l := New(func(n engine.Note) { notes = append(notes, n) })
	line := `{"warnings":[{"vertex":"a","level":1,"short":"RnJvbUFzQ2FzaW5n","range":[{"start":{"line":2}}]}]}` + "\n"
	_, _ = l.Write([]byte(line + line))
	if len(notes) != 1 || notes[0] != (engine.Note{Text: "Dockerfile line 2: FromAsCasing", Warning: true}) {
		t.Errorf("got %+v", notes)
	}
}
