package main

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

const testSecret = "test-public-not-a-secret"

var update = flag.Bool("update", false, "write the golden files anew")

func TestThePluginIsWellFormed(t *testing.T) {
	t.Parallel()
	for _, d := range sdk.Check(plugin()) {
		t.Errorf("%s %s: %s", d.Code, d.Path, d.Summary)
	}
}

// The golden files are what Compose makes of the fragments, two of them with
// that of the plugin minio.
func TestTheFragmentsLoadInCompose(t *testing.T) {
	t.Parallel()
	ofMinIO, err := os.ReadFile("../minio/fragment.yml")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		golden string
		config sdk.Config
		more   [][]byte
	}{
		{"testdata/own.golden.yml", sdk.Config{"MILVUS_MINIO": "own"}, nil},
		{"testdata/beside.golden.yml", sdk.Config{}, [][]byte{ofMinIO}},
		{"testdata/shared.golden.yml", sdk.Config{"MILVUS_MINIO": "shared", "MILVUS_AUTHORIZATION": "true"}, [][]byte{ofMinIO}},
	}
	for _, tt := range tests {
		text, diagnostics := render(tt.config)
		if len(diagnostics) > 0 {
			t.Fatal(diagnostics)
		}
		project, err := load(t, append([][]byte{[]byte(text)}, tt.more...), types.Mapping{"MINIO_ROOT_PASSWORD": testSecret, "MILVUS_ROOT_PASSWORD": testSecret})
		if err != nil {
			t.Fatal(err)
		}
		got, err := project.MarshalYAML()
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(tt.golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(tt.golden); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, got\n%s", tt.golden, err, got)
		}
	}
}

func load(t *testing.T, files [][]byte, environment types.Mapping) (*types.Project, error) {
	t.Helper()
	details := types.ConfigDetails{WorkingDir: "/stack", Environment: environment}
	for _, content := range files {
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{Filename: "/stack/fragment.yml", Content: content})
	}
	return loader.LoadWithContext(t.Context(), details, func(o *loader.Options) { o.SetProjectName("stack", true) })
}

func TestTheFragmentAsksForThePasswordsItNeeds(t *testing.T) {
	t.Parallel()
	tests := []struct{ authorization, set, missing string }{
		{"false", "MILVUS_ROOT_PASSWORD", "MINIO_ROOT_PASSWORD"},
		{"true", "MINIO_ROOT_PASSWORD", "MILVUS_ROOT_PASSWORD"},
	}
	for _, tt := range tests {
		text, _ := render(sdk.Config{"MILVUS_AUTHORIZATION": tt.authorization})
		if _, err := load(t, [][]byte{[]byte(text)}, types.Mapping{tt.set: testSecret}); err == nil || !strings.Contains(err.Error(), tt.missing) {
			t.Errorf("load without %s: %v", tt.missing, err)
		}
	}
}

// Without its ports and on another volume, Milvus's own MinIO is the service of
// the plugin minio: what is mended there is mended here.
func TestItsOwnMinIOIsThatOfThePluginMinIO(t *testing.T) {
	t.Parallel()
	own, _ := render(sdk.Config{})
	ofMinIO, err := os.ReadFile("../minio/fragment.yml")
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := service(t, []byte(own), "milvus-minio"), service(t, ofMinIO, "minio")
	if _, published := mine["ports"]; published || len(mine) == 0 {
		t.Errorf("the own MinIO is %v", mine)
	}
	delete(theirs, "ports")
	theirs["volumes"] = []string{"milvus-minio-data:/data"}
	a, err := yaml.Marshal(mine)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := yaml.Marshal(theirs); err != nil || !bytes.Equal(a, b) {
		t.Errorf("%v\n%s\ndiffers from\n%s", err, a, b)
	}
}

func service(t *testing.T, fragment []byte, name string) map[string]any {
	t.Helper()
	var file struct {
		Services map[string]map[string]any `yaml:"services"`
	}
	if err := yaml.Unmarshal(fragment, &file); err != nil {
		t.Fatal(err)
	}
	return file.Services[name]
}

func TestVariablesOfMinIOAreThoseOfThePluginMinIO(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../minio/main.go")
	if err != nil {
		t.Fatal(err)
	}
	mine, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"MINIO_IMAGE", "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD", "BIND_ADDRESS"} {
		line := func(text []byte) string {
			for l := range strings.Lines(string(text)) {
				if strings.Contains(l, `{Name: "`+name+`"`) {
					return l
				}
			}
			return ""
		}
		if a, b := line(mine), line(source); a == "" || a != b {
			t.Errorf("%s is declared as\n%sand by minio as\n%s", name, a, b)
		}
	}
}

func TestTheProbeTellsWhatItFound(t *testing.T) {
	t.Parallel()
	header := "cm9vdDp0ZXN0LXB1YmxpYy1ub3QtYS1zZWNyZXQ=" // root:test-public-not-a-secret
	tests := []struct {
		name, want, code string
		server           fake
		config, secrets  map[string]string
		readiness        pluginv1.Readiness
	}{
		{"healthy", "v2.6.18, healthy", "", fake{}, nil, nil, pluginv1.Readiness_READINESS_READY},
		{"with a password", "v2.6.18, healthy", "", fake{login: header}, map[string]string{"MILVUS_AUTHORIZATION": "true"}, map[string]string{"MILVUS_ROOT_PASSWORD": testSecret}, pluginv1.Readiness_READINESS_READY},
		{"unhealthy", "v2.6.18 is not healthy: querynode offline; etcd timeout", "", fake{unhealthy: []string{"querynode offline", "etcd timeout"}}, nil, nil, pluginv1.Readiness_READINESS_NOT_YET},
		{"booting", "service not ready[proxy=1: Initializing]", "", fake{booting: true}, nil, nil, pluginv1.Readiness_READINESS_NOT_YET},
		{"wrong password", "Milvus refuses the password of root", refused, fake{login: header}, map[string]string{"MILVUS_AUTHORIZATION": "true"}, map[string]string{"MILVUS_ROOT_PASSWORD": "another-password"}, pluginv1.Readiness_READINESS_FATAL},
		{"no password", "Milvus refuses the password of root", refused, fake{login: header}, nil, map[string]string{"MILVUS_ROOT_PASSWORD": testSecret}, pluginv1.Readiness_READINESS_FATAL},
	}
	for i := range tests {
		tt := &tests[i]
		values := tt.server.serve(t)
		values.Config, values.Secrets = tt.config, tt.secrets
		got, err := sdktest.Probe(t.Context(), t, plugin(), "milvus", values)
		if err != nil {
			t.Fatal(err)
		}
		if text := got.GetDetail() + got.GetReason(); got.GetReadiness() != tt.readiness || !strings.Contains(text, tt.want) || got.GetDiagnostic().GetCode() != tt.code {
			t.Errorf("%s: %v, want %v %q", tt.name, got, tt.readiness, tt.want)
		}
		if all := got.String(); strings.Contains(all, testSecret) || strings.Contains(all, "another-password") {
			t.Errorf("%s: the password is in the answer", tt.name)
		}
		if tt.name == "no password" && !slices.Equal(tt.server.seen, []string{""}) {
			t.Errorf("without authorization the header was %q", tt.server.seen)
		}
	}
}

func TestAMilvusThatIsNotThereIsNotReadyYet(t *testing.T) {
	t.Parallel()
	for _, endpoints := range []map[string]string{nil, {"grpc": "127.0.0.1:1"}} {
		got, err := sdktest.Probe(t.Context(), t, plugin(), "milvus", sdk.Values{Endpoints: endpoints})
		if err != nil || got.GetReadiness() != pluginv1.Readiness_READINESS_NOT_YET {
			t.Errorf("%v: %v, %v", endpoints, got, err)
		}
		if endpoints != nil && got.GetReason() != "Milvus does not answer at 127.0.0.1:1: connection refused" {
			t.Errorf("the reason is %q", got.GetReason())
		}
	}
}
