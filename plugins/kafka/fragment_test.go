package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

var update = flag.Bool("update", false, "write the golden files anew")

// loaded is the fragment as Compose reads it, with an environment.
func loaded(t *testing.T, environ ...string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"compose.yml"}, cli.WithName("stack"), cli.WithEnv(environ))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestTheFragmentIsWhatItWas(t *testing.T) {
	for name, environ := range map[string][]string{
		"defaults": nil,
		"values":   {"KAFKA_IMAGE=lab/kafka:1", "BIND_ADDRESS=0.0.0.0", "KAFKA_PORT=19092", "KAFKA_ADVERTISED_HOST=[::1]", "KAFKA_AUTO_CREATE_TOPICS=false"},
	} {
		project := loaded(t, environ...)
		project.WorkingDir, project.ComposeFiles = "", nil
		got, err := project.MarshalYAML()
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s differs (-update writes it anew):\n%s", golden, got)
		}
	}
}

func TestTheFragmentNamesNoNetworkAndBindsToThisMachine(t *testing.T) {
	kafka := loaded(t).Services["kafka"]
	if len(kafka.Networks) != 1 || kafka.Networks["default"] != nil {
		t.Errorf("networks are %v", kafka.Networks)
	}
	if len(kafka.Ports) != 1 || kafka.Ports[0].HostIP != "127.0.0.1" || kafka.User == "" {
		t.Errorf("ports are %+v, user %q", kafka.Ports, kafka.User)
	}
}
