package environ

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestWhatIsolateDidIsTakenBackByteForByte(t *testing.T) {
	values := map[string]string{ProjectVariable: "shop-wt", "PORT": "20001"}
	for name, text := range map[string]string{
		"plain":        "COMPOSE_PROJECT_NAME=shop\nPORT=5432\nX=1\n",
		"with a note":  "# The port. [port]\nexport PORT = 5432   # ours\n\n\n",
		"in quotes":    "PORT=\"5432\" # ours\nCOMPOSE_PROJECT_NAME='shop'\n",
		"CRLF":         "COMPOSE_PROJECT_NAME=shop\r\nPORT=5432\r\n",
		"no break":     "X=1\nPORT=5432",
		"only another": "X=1\n",
		"bare":         "PORT\nCOMPOSE_PROJECT_NAME\n",
		"a colon":      "PORT: 5432\n",
		"twice":        "PORT=1\nX=2\nPORT=5432\n",
		"made of":      "N=54\nPORT=${N}32\n",
		"a mark":       dotenv.ByteOrderMark + "PORT=5432\n",
		"nothing":      "",
	} {
		once, err := Isolate(dotenv.Parse(text), values)
		must(t, err)
		twice, err := Isolate(once, values)
		must(t, err)
		same(t, name+", isolated twice", twice.String(), once.String())
		again, err := Isolate(once, map[string]string{ProjectVariable: "shop-other"})
		must(t, err)
		e := Environment{Document: once}
		same(t, name+", the project", e.Project(nil), "shop-wt")
		same(t, name+", the port", e.Values(nil)["PORT"], "20001")
		for _, doc := range []dotenv.Document{once, again} {
			same(t, name+", what is kept", strings.Join(Isolated(doc), " "), strings.Join(Isolated(once), " "))
			back, err := Restore(doc)
			must(t, err)
			same(t, name+", restored", back.String(), strings.Replace(text, "X=1\nPORT=5432", "X=1\nPORT=5432\n", 1)) // which the new line needs
		}
	}
}

func TestRestoreBringsBackALineThatSomebodyDeletedMeanwhile(t *testing.T) {
	doc, err := Isolate(dotenv.Parse("A=1\nPORT=5432\nB=1\n"), map[string]string{"PORT": "20001"})
	must(t, err)
	back, err := Restore(dotenv.Parse(strings.Replace(doc.String(), "PORT=20001\n", "", 1)))
	must(t, err)
	same(t, "the file", back.String(), "A=1\nPORT=5432\nB=1\n")
}

func TestWhatIsNotOneLineIsNotIsolated(t *testing.T) {
	_, err := Isolate(dotenv.Parse("PORT=\"54\n32\"\n"), map[string]string{"PORT": "20001"})
	same(t, "the code", failure.CodeOf(err), failure.Preflight)
}
