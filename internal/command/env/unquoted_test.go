package env

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// unquotedKeys are the ends of environments in which a secret of several lines
// lacks its quotes, so that its lines, all with canary in them, are read as names.
var unquotedKeys = map[string]string{
	"a key":                        "TLS_KEY=-----BEGIN PRIVATE KEY-----\nMIIEcanary\ncanary12==\n",
	"a key with one =":             "TLS_KEY=-----BEGIN PRIVATE KEY-----\nMIIEcanary\ncanary12=\n",
	"a key and its end":            "TLS_KEY=-----BEGIN PRIVATE KEY-----\nMIIEcanary\ncanary12==\n-----END PRIVATE KEY-----\n",
	"a key with Windows breaks":    "TLS_KEY=-----BEGIN PRIVATE KEY-----\r\nMIIEcanary\r\ncanary12==\r\n",
	"a key with headers":           "TLS_KEY=-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEcanary\ncanary12==\n",
	"a key with + and /":           "TLS_KEY=-----BEGIN PRIVATE KEY-----\nMII+canary/\ncanary12==\n",
	"a key of another name":        "PLAIN=-----BEGIN PRIVATE KEY-----\ncanary12==\n",
	"a key below its name":         "TLS_KEY=\nMIIEcanary\ncanary12==\n",
	"a secret of two lines":        "EXTRA_TOKEN=canary1\ncanary2=\n",
	"a secret, an upper-case tail": "EXTRA_TOKEN=canary1\nCANARY=\n",
	"a line that is none":          "MII canary\ncanary12=x\n",
	"base64 in a plain variable":   "PLAIN=" + strings.Repeat("canary", 10) + "\ncanary12==\n",
	"a broken line in a key":       "TLS_KEY=-----BEGIN PRIVATE KEY-----\ncanary12=${\n",
	"an open quote in a key":       "TLS_KEY=-----BEGIN PRIVATE KEY-----\ncanary12='\n",
}

func TestNoLineOfASecretWithoutQuotesIsShownAsAName(t *testing.T) {
	for what, end := range unquotedKeys {
		r := commandtest.NewRepository(t)
		local := strings.ReplaceAll(commandtest.EnvLocal, "canary-local-1", "hidden-from-all")
		r.Write("env/.env.local", local+end)
		calls := map[string]commandtest.Target{
			"show": showCall(ShowOptions{}), "show -json": showCall(ShowOptions{JSON: true}), "check": checkCall(CheckOptions{}),
			"check -json": checkCall(CheckOptions{JSON: true}), "list": listCall, "diff": diffCall("old", "local"), "diff back": diffCall("local", "old"),
			"explain": explainCall("DB_PORT"), "explain a slip": explainCall("canarx12"), "export": exportCall(ExportOptions{}),
			"export a slip": exportCall(ExportOptions{Only: []string{"canarx12"}}), "rotate a slip": rotateCall("canarx12", ""),
			"sync": syncCall(SyncOptions{Dry: true}), "sync old": syncCall(SyncOptions{Env: "old", Dry: true}), "use": useCall("local"), "template": templateCall,
		}
		for name, do := range calls {
			text := strings.ReplaceAll(r.Run(do).String(), "canary-old-2", "")
			if strings.Contains(strings.ToLower(text), "canary") {
				t.Errorf("%s: env:%s shows a part:\n%s", what, name, text)
			}
		}
		x := r.Run(checkCall(CheckOptions{}))
		if text := x.String(); !strings.Contains(text, "quotes") || !strings.Contains(text, "env/.env.local:") {
			t.Errorf("%s: env:check does not say that quotes are missing:\n%s", what, text)
		}
	}
}

func TestWhereQuotesAreMissingIsSaid(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("env/.env.local", commandtest.EnvLocal+unquotedKeys["a key"])
	r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight, "env/.env.local:9", "lines 9 to 10 are names that nothing knows, below the value of TLS_KEY",
		"a value of several lines needs quotes", "on line 8")
	r.Run(showCall(ShowOptions{})).Want(t, failure.OK, "(a name on line 10)")
	r.Run(diffCall("old", "local")).Want(t, failure.OK, "(a name on line 10)")
	r.Run(exportCall(ExportOptions{})).Want(t, failure.Refused)
	r.Term, r.In = true, "y\n"
	r.Run(showCall(ShowOptions{Reveal: true})).Want(t, failure.OK, "canary12")
}

func TestANameThatIsOneIsShownBelowASecret(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("compose/docker-compose.yml", commandtest.EnvCompose+"      - mixedCase\n")
	r.Write("env/.env.local", "DB_PASSWORD=canary\nFEATURE_FLAG=on\nDB_PASSWORD=canary\nmixedCase=\nDB_PASSWORD='canary'\nlower=1\n")
	r.Run(showCall(ShowOptions{})).Want(t, failure.OK, "FEATURE_FLAG", "mixedCase", "lower")
}

func TestNoLineOfAKeyInTheEnvFileOfAServiceIsShownAsAName(t *testing.T) {
	r := commandtest.NewRepository(t)
	const key = "TLS_KEY=-----BEGIN_KEY-----\nMIIEcanary1\nMIIEcanary2\ncanary12==\n"
	r.Write("compose/docker-compose.yml", commandtest.EnvCompose+"    env_file: [api.env, ../env/.env.local]\n")
	r.Write("compose/api.env", "PASSED_ON\n"+key)
	r.Write("env/.env.local", commandtest.EnvLocal+key)
	for _, do := range []commandtest.Target{showCall(ShowOptions{}), showCall(ShowOptions{JSON: true}), checkCall(CheckOptions{}), checkCall(CheckOptions{JSON: true}), listCall,
		diffCall("old", "local"), explainCall("DB_PORT"), explainCall("PASSED_ON"), explainCall("MIIEcanarx1"), exportCall(ExportOptions{}), rotateCall("canarx12", ""), templateCall} {
		if x := strings.ReplaceAll(r.Run(do).String(), "canary-old-2", ""); strings.Contains(x, "canary") {
			t.Errorf("a part is shown:\n%s", x)
		}
	}
	if text := r.Read("env/.env.example"); strings.Contains(text, "canary") || !strings.Contains(text, "PASSED_ON") {
		t.Errorf("the template is now\n%s", text)
	}
}

// A name alone that the shell is to set is Compose's pass-through, and hides
// nothing below it.
func TestANameAloneKeepsNoTargetFromTheLinesBelow(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("env/.env.local", "AWS_PROFILE\n"+commandtest.EnvLocal+"VITE_AFTER=1\n")
	r.Run(showCall(ShowOptions{})).Want(t, failure.OK, "VITE_AFTER    1 ", "postgres:16")
	r.Run(setCall("VITE_AFTER=2", "")).Want(t, failure.OK)
	r.Run(exportCall(ExportOptions{Prefix: "VITE_"})).Want(t, failure.OK, "VITE_AFTER=2")
	r.Run(explainCall("VITE_AFTER")).Want(t, failure.OK, "VITE_AFTER is 2, by env/.env.local:9")
}
