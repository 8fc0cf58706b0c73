package workflow

import (
	"strings"
	"testing"

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
		r := newEnvRepository(t)
		local := strings.ReplaceAll(envLocal, "canary-local-1", "hidden-from-all")
		r.write("env/.env.local", local+end)
		calls := map[string]target{
			"show": show(EnvShowOptions{}), "show -json": show(EnvShowOptions{JSON: true}), "check": check(EnvCheckOptions{}),
			"check -json": check(EnvCheckOptions{JSON: true}), "list": list, "diff": diff("old", "local"), "diff back": diff("local", "old"),
			"explain": explain("DB_PORT"), "explain a slip": explain("canarx12"), "export": export(EnvExportOptions{}),
			"export a slip": export(EnvExportOptions{Only: []string{"canarx12"}}), "rotate a slip": rotate("canarx12", ""),
			"sync": syncEnv(EnvSyncOptions{Dry: true}), "sync old": syncEnv(EnvSyncOptions{Env: "old", Dry: true}), "use": use("local"), "template": template,
		}
		for name, do := range calls {
			text := strings.ReplaceAll(r.run(do).String(), "canary-old-2", "")
			if strings.Contains(strings.ToLower(text), "canary") {
				t.Errorf("%s: env:%s shows a part:\n%s", what, name, text)
			}
		}
		x := r.run(check(EnvCheckOptions{}))
		if text := x.String(); !strings.Contains(text, "quotes") || !strings.Contains(text, "env/.env.local:") {
			t.Errorf("%s: env:check does not say that quotes are missing:\n%s", what, text)
		}
	}
}

func TestWhereQuotesAreMissingIsSaid(t *testing.T) {
	r := newEnvRepository(t)
	r.write("env/.env.local", envLocal+unquotedKeys["a key"])
	r.run(check(EnvCheckOptions{})).want(t, failure.Preflight, "env/.env.local:9", "lines 9 to 10 are names that nothing knows, below the value of TLS_KEY",
		"a value of several lines needs quotes", "on line 8")
	r.run(show(EnvShowOptions{})).want(t, failure.OK, "(a name on line 10)")
	r.run(diff("old", "local")).want(t, failure.OK, "(a name on line 10)")
	r.run(export(EnvExportOptions{})).want(t, failure.Refused)
	r.term, r.in = true, "y\n"
	r.run(show(EnvShowOptions{Reveal: true})).want(t, failure.OK, "canary12")
}

func TestANameThatIsOneIsShownBelowASecret(t *testing.T) {
	r := newEnvRepository(t)
	r.write("compose/docker-compose.yml", envCompose+"      - mixedCase\n")
	r.write("env/.env.local", "DB_PASSWORD=canary\nFEATURE_FLAG=on\nDB_PASSWORD=canary\nmixedCase=\nDB_PASSWORD='canary'\nlower=1\n")
	r.run(show(EnvShowOptions{})).want(t, failure.OK, "FEATURE_FLAG", "mixedCase", "lower")
}

func TestNoLineOfAKeyInTheEnvFileOfAServiceIsShownAsAName(t *testing.T) {
	r := newEnvRepository(t)
	const key = "TLS_KEY=-----BEGIN_KEY-----\nMIIEcanary1\nMIIEcanary2\ncanary12==\n"
	r.write("compose/docker-compose.yml", envCompose+"    env_file: [api.env, ../env/.env.local]\n")
	r.write("compose/api.env", "PASSED_ON\n"+key)
	r.write("env/.env.local", envLocal+key)
	for _, do := range []target{show(EnvShowOptions{}), show(EnvShowOptions{JSON: true}), check(EnvCheckOptions{}), check(EnvCheckOptions{JSON: true}), list,
		diff("old", "local"), explain("DB_PORT"), explain("PASSED_ON"), explain("MIIEcanarx1"), export(EnvExportOptions{}), rotate("canarx12", ""), template} {
		if x := strings.ReplaceAll(r.run(do).String(), "canary-old-2", ""); strings.Contains(x, "canary") {
			t.Errorf("a part is shown:\n%s", x)
		}
	}
	if text := r.read("env/.env.example"); strings.Contains(text, "canary") || !strings.Contains(text, "PASSED_ON") {
		t.Errorf("the template is now\n%s", text)
	}
}
