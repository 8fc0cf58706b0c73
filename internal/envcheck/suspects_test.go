package envcheck

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
)

// canaryEnvironment has a line that is no assignment, and below it, after an empty
// line and a comment, what looks like assignments and is known by nobody.
func canaryEnvironment(line string) environ.Environment {
	return environ.Environment{Name: "local", File: "env/.env.local", Document: dotenv.Parse(
		"SEEN=1\nPORT=5432\n" + line + "\n\n# a comment\nCANARY=1\ncanary=2\nPORT=5433\nSEEN=2\nCANARY_LAST\n")}
}

func TestBelowALineThatIsNoAssignmentNoNameIsShownThatNothingKnows(t *testing.T) {
	template, err := environ.ParseTemplate("t", "PORT=5432\n")
	must(t, err)
	for _, line := range []string{"two words=1", "a+b", "bare", "KEY=-----BEGIN KEY-----", "-----BEGIN KEY-----"} {
		e := canaryEnvironment(line)
		s := environ.SecretsOf(template, nil, e)
		told := report(Check(Input{Environment: e, Template: template, Uses: []environ.Usage{}})) + fmt.Sprint(environ.Diff(e, environ.Environment{}, s))
		if strings.Contains(strings.ToLower(told), "canary") {
			t.Errorf("%s: a name is told:\n%s", line, told)
		}
		for _, want := range []string{"env/.env.local:6", "lines 6 to 7 are names that nothing knows", "PORT is already on line 2", "SEEN is already on line 1"} {
			if !strings.Contains(told, want) {
				t.Errorf("%s: %q is not told:\n%s", line, want, told)
			}
		}
		for name, want := range map[string]string{"CANARY": "(a name on line 6)", "PORT": "PORT", "SEEN": "SEEN"} {
			same(t, line+": the name shown of "+name, s.Name(name, 6), want)
		}
		if !s.IsSecret("CANARY") || !s.IsSecret("canary") || s.IsSecret("PORT") {
			t.Errorf("%s: a value below it is shown, or that of a known name is not", line)
		}
	}
}

func TestWhereEveryLineIsAnAssignmentEveryNameIsShown(t *testing.T) {
	e := canaryEnvironment("PROPER=1 # BARE")
	e.Document.Entries = e.Document.Entries[:len(e.Document.Entries)-1]
	s := environ.SecretsOf(environ.Template{}, nil, e)
	for _, name := range []string{"SEEN", "PROPER", "CANARY", "canary"} {
		same(t, "the name shown", s.Name(name, 1), name)
	}
}

// A variable that is passed on from the shell makes nothing else a secret.
func TestANameThatStandsAloneIsOneAndSoAreThoseBelowIt(t *testing.T) {
	for _, lines := range []string{"AWS_PROFILE", "DEBUG", "DB_PASSWORD=x\nAWS_PROFILE", "export CI", "DEBUG\nAWS_PROFILE"} {
		e := environ.Environment{Name: "local", Document: dotenv.Parse(lines + "\nplain=1\nWEB_PORT=2\n")}
		s := environ.SecretsOf(environ.Template{}, nil, e)
		for _, name := range []string{"AWS_PROFILE", "DEBUG", "CI", "plain", "WEB_PORT"} {
			same(t, lines+": the name shown", s.Name(name, 2), name)
			if s.IsSecret(name) {
				t.Errorf("%q: %s is a secret", lines, name)
			}
		}
	}
	// Where the value above may go on, a name needs an underscore.
	e := environ.Environment{Name: "local", Document: dotenv.Parse("DB_PASSWORD=x\nCANARY\n")}
	if s := environ.SecretsOf(environ.Template{}, nil, e); !s.MayBeValue("CANARY") {
		t.Error("what may be the second line of a password is shown")
	}
}

func TestTheFirstLineOfAValueThatGoesOnIsHiddenAsWell(t *testing.T) {
	for _, next := range []string{"ab+cd", "ab", "ab=="} {
		e := environ.Environment{Name: "local", Document: dotenv.Parse("PLAIN=" + strings.Repeat("canary", 10) + "\n" + next + "\n")}
		if s := environ.SecretsOf(environ.Template{}, nil, e); !s.IsSecret("PLAIN") {
			t.Errorf("PLAIN is shown above %s", next)
		}
	}
	e := environ.Environment{Name: "local", Document: dotenv.Parse("PLAIN=" + strings.Repeat("canary", 10) + "\nNEXT=1\n")}
	if s := environ.SecretsOf(environ.Template{}, nil, e); s.IsSecret("PLAIN") {
		t.Error("a digest above a proper assignment is hidden")
	}
}
