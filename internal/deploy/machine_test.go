package deploy_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
)

const bare = `distributions ubuntu debian
system Ubuntu 24.04 LTS, x86_64
user deploy
root sudo
memory 4000000
disk 20000000
clock 1796126400
`

// machine is a bare one that says more, its clock right.
func machine(more string) deploy.Machine {
	return deploy.ParseMachine(bare + more)
}

// unwell are the checks that are not met, with what they say.
func unwell(m deploy.Machine) string {
	var list []string
	for _, c := range m.Checks(time.Unix(1796126400, 0)) {
		switch {
		case c.Warning:
			list = append(list, "warning "+c.Name+": "+c.Text)
		case !c.OK:
			list = append(list, c.Name+": "+c.Text)
		}
	}
	return strings.Join(list, "\n")
}

func TestAServerIsJudgedByWhatItSaysOfItself(t *testing.T) {
	const well = "cli yes\nengine 20.10.24+dfsg1\nlive true\n"
	for more, want := range map[string]string{
		"":                                      "engine: there is no command docker",
		well:                                    "",
		"cli yes\nengine 19.03.15\nlive true\n": "engine: 19.03.15 is older than 20.10",
		"cli yes\nengine 29.0.0\nlive false\n":  "warning live-restore: a restart of the engine stops all containers",
		"cli yes\nrefused Got permission denied while trying to connect\n":     "engine: deploy may not use the engine's socket",
		"cli yes\nrefused Cannot connect to the Docker daemon at unix:///x.\n": "engine: it does not answer: Cannot connect to the Docker daemon at unix:///x.",
		well + "memory 500000\ndisk 1000000\nclock 1796126300\n":               "warning memory: 512 MB, and two releases run at once for a while\nwarning disk: 1 GB free, for images and volumes\nwarning clock: 1m40s off this machine's, which releases are named after",
	} {
		if got := unwell(machine(more)); got != want {
			t.Errorf("%q:\n%s\nnot\n%s", more, got, want)
		}
	}
}

func TestWhatIsInstalledOnABareServer(t *testing.T) {
	daemon := "daemon " + base64.StdEncoding.EncodeToString([]byte(`{"log-driver": "local"}`)) + "\n"
	for more, want := range map[string]string{
		"":                                  "set live-restore in /etc/docker/daemon.json, install the engine, let deploy use the engine",
		"root yes\n":                        "set live-restore in /etc/docker/daemon.json, install the engine",
		"cli yes\nengine 26.1\nlive true\n": "",
		"cli yes\nengine 26.1\nlive false\n" + daemon:                                          "set live-restore in /etc/docker/daemon.json, have the engine read it",
		"cli yes\nrefused permission denied\nlive true\n":                                      "let deploy use the engine",
		"daemon " + base64.StdEncoding.EncodeToString([]byte(`{"live-restore": true}`)) + "\n": "install the engine, let deploy use the engine",
	} {
		all, err := machine(more).Installation()
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, c := range all {
			titles = append(titles, c.Title)
			if c.Input != nil && more != "" && strings.Contains(more, daemon) && !strings.Contains(string(c.Input), `"log-driver": "local"`) {
				t.Errorf("it would be written over: %s", c.Input)
			}
		}
		if got := strings.Join(titles, ", "); got != want {
			t.Errorf("%q: %s", more, got)
		}
	}
	_, err := machine("daemon " + base64.StdEncoding.EncodeToString([]byte(`{"a": `)) + "\n").Installation()
	if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), "daemon.json on the server is no JSON") {
		t.Errorf("of what is no JSON: %v", err)
	}
}
