package docker

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// The files are those that buildx 0.38 wrote: create, use, use --default.
func TestTheBuilderIsTheOneThatBuildxWouldUse(t *testing.T) {
	const (
		remoteFile    = `{"Name":"rem","Driver":"remote","Nodes":[{"Name":"rem0","Endpoint":"tcp://127.0.0.1:9","Platforms":null,"DriverOpts":null,"Flags":null,"Files":null}],"Dynamic":false}`
		containerFile = `{"Name":"cont","Driver":"docker-container","Nodes":[{"Name":"cont0","Endpoint":"unix:///var/run/docker.sock","Platforms":null,"DriverOpts":null,"Flags":["--allow-insecure-entitlement=network.host"],"Files":null}],"Dynamic":false}`
	)
	own := Builder{"default", "docker", "default"}
	rem := Builder{"rem", "remote", "tcp://127.0.0.1:9"}
	cont := Builder{"cont", "docker-container", "unix:///var/run/docker.sock"}
	for name, c := range map[string]struct {
		current, standard, chosen, host string
		want                            Builder
	}{
		"nothing":                {want: own},
		"empty":                  {current: `{"Key":"unix:///var/run/docker.sock","Name":"","Global":false}`, want: own},
		"used":                   {current: `{"Key":"unix:///var/run/docker.sock","Name":"cont","Global":false}`, want: cont},
		"used for another":       {current: `{"Key":"tcp://other:2375","Name":"cont","Global":false}`, want: own},
		"used everywhere":        {current: `{"Key":"tcp://other:2375","Name":"cont","Global":true}`, want: cont},
		"gone":                   {current: `{"Key":"unix:///var/run/docker.sock","Name":"gone","Global":false}`, standard: "cont", want: own},
		"the engine's default":   {standard: "cont", want: cont},
		"default of another one": {standard: "cont", host: "tcp://other:2375", want: own},
		"the variable first":     {current: `{"Key":"unix:///var/run/docker.sock","Name":"cont","Global":false}`, chosen: "rem", want: rem},
		"in capitals":            {chosen: "REM", want: rem},
		"the engine's by name":   {current: `{"Key":"unix:///var/run/docker.sock","Name":"cont","Global":false}`, chosen: "default", want: own},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{"instances/rem": remoteFile, "instances/cont": containerFile,
				"current": c.current, "defaults/13c4025c96f36e94b348": c.standard} {
				path := filepath.Join(dir, file)
				if text == "" {
					continue
				}
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			env := map[string]string{"BUILDX_CONFIG": dir, "DOCKER_CONFIG": dir, "BUILDX_BUILDER": c.chosen, "DOCKER_HOST": c.host}
			if got, err := FindBuilder(func(k string) string { return env[k] }); err != nil || got != c.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestABuilderThatIsNotThereIsAnErrorWithTheWayOut(t *testing.T) {
	for _, name := range []string{"gone", "../current"} {
		env := map[string]string{"DOCKER_CONFIG": t.TempDir(), "BUILDX_BUILDER": name}
		if _, err := FindBuilder(func(k string) string { return env[k] }); failure.CodeOf(err) != failure.Preflight {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
