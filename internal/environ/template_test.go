package environ

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestATemplateIsReadAsItsGoldenSays(t *testing.T) {
	template, err := ParseTemplate("env.example", read(t, "testdata/env.example"))
	must(t, err)
	var b strings.Builder
	for _, v := range template.Variables {
		fmt.Fprintf(&b, "%d %s secret=%t %+v %q\n", v.Line, v.Name, v.IsSecret(), v.Annotations, v.Description)
	}
	golden(t, "variables.golden", b.String())
}

func TestEveryMistakeOfATemplateIsReportedWithFileAndLine(t *testing.T) {
	_, err := ParseTemplate("env/.env.example", `# [secert]
A=1
# [zebra] [port 80] [secret yes]
B=1
# [port] [url]
C=1
# [generate] [generate 0] [generate many]
D=1
# [enum] [enum a||b]
E=1
# [required dev] [required in] [required in DEV]
F=1
# [deprecated] [deprecated use] [deprecated use A-B]
G=1
A=2
a.b=3
H=${
I="open
J K=1
# [Secret]
L=`)
	golden(t, "mistakes.golden", err.Error()+"\n")
	same(t, "the code", failure.CodeOf(err), failure.Preflight)
}

func TestAnAnnotationAfterAnEmptyLineIsProse(t *testing.T) {
	template, err := ParseTemplate("t", "# [secret] [nonsense]\n\nA=1\n# [port]\nB=1\nC=1\n")
	must(t, err)
	a, _ := template.Variable("A")
	b, _ := template.Variable("B")
	c, _ := template.Variable("C")
	same(t, "A.Secret", a.Secret, false)
	same(t, "B.Type", b.Type, Port)
	same(t, "C.Type", c.Type, "")
	if _, found := template.Variable("D"); found {
		t.Error("D is found")
	}
}

func TestRequiredNamesTheEnvironmentsItHoldsIn(t *testing.T) {
	template, err := ParseTemplate("t", "# [required in dev]\nA=\n# [required]\nB=\n")
	must(t, err)
	a, b := template.Variables[0], template.Variables[1]
	same(t, "A in dev", a.IsRequired("dev"), true)
	same(t, "A in local", a.IsRequired("local"), false)
	same(t, "B in local", b.IsRequired("local"), true)
}

func TestNoMistakeOfATemplateTellsWhatMayBeALineOfASecret(t *testing.T) {
	for _, text := range []string{"KEY=-----BEGIN\ncanary line two\n", "KEY=1\ncanary", "KEY=\"open\ncanary\n", "export canary line = 1\n"} {
		if _, err := ParseTemplate("t", text); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestASpoiltTemplateStillTellsWhatIsSecret(t *testing.T) {
	const marks = "# [secret]\nLICENCE=\n# [generate 8]\nSALT=\n# [port]\nPORT=1\n"
	for what, text := range map[string]string{
		"a line that is none":      marks + "no assignment\n",
		"a misspelt mark":          "# [Secert]\nLICENCE=\n# [generate 8]\nSALT=\n# [port]\nPORT=1\n",
		"a merge between the two":  "# [secret]\n<<<<<<< HEAD\nLICENCE=\n=======\nLICENCE=x\n>>>>>>> other\n# [generate 8]\nSALT=\n# [port]\nPORT=1\n",
		"an unclosed quote":        "# [secret]\nLICENCE='\n# [generate 8]\nSALT=\n# [port]\nPORT=1\n",
		"a quote that swallows":    "A=\"\n" + marks + "B=\"\n",
		"a name twice, once plain": marks + "LICENCE=\n",
		"a bad length":             "# [secret]\nLICENCE=\n# [generate x]\nSALT=\n# [port]\nPORT=1\n",
	} {
		dirs := repository(t)
		write(t, dirs.Template(), text)
		got, err := ReadTemplate(dirs)
		must(t, err)
		if got.Sound() == nil {
			t.Errorf("%s is sound", what)
		}
		if _, err := SoundTemplate(dirs); err == nil {
			t.Errorf("%s: the template is taken", what)
		}
		for _, name := range []string{"LICENCE", "SALT"} {
			if !SecretsOf(got, nil).IsSecret(name) {
				t.Errorf("%s: %s is no secret", what, name)
			}
		}
		if v, _ := got.Variable("PORT"); v.IsSecret() && what != "a quote that swallows" {
			t.Errorf("%s: PORT is a secret", what)
		}
	}
}
