package main

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestThePluginIsWellFormed(t *testing.T) {
	t.Parallel()
	for _, d := range sdk.Check(plugin()) {
		t.Errorf("%s %s: %s", d.Code, d.Path, d.Summary)
	}
}

// The golden file is what Compose makes of the fragment with the defaults.
func TestTheFragmentLoadsInCompose(t *testing.T) {
	t.Parallel()
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  "/stack",
		ConfigFiles: []types.ConfigFile{{Filename: "/stack/minio.yml", Content: []byte(fragment)}},
		Environment: types.Mapping{"MINIO_ROOT_PASSWORD": testSecret},
	}, func(o *loader.Options) { o.SetProjectName("stack", true) })
	if err != nil {
		t.Fatal(err)
	}
	got, err := project.MarshalYAML()
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/fragment.golden.yml"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(got) != string(want) {
		t.Errorf("the fragment is %v\n%s\nwant\n%s", err, got, want)
	}
}

func TestTheFragmentSaysWhichPasswordIsMissing(t *testing.T) {
	t.Parallel()
	_, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  "/stack",
		ConfigFiles: []types.ConfigFile{{Filename: "/stack/minio.yml", Content: []byte(fragment)}},
	}, func(o *loader.Options) { o.SetProjectName("stack", true) })
	if err == nil || !strings.Contains(err.Error(), "MINIO_ROOT_PASSWORD") {
		t.Errorf("load without a password: %v", err)
	}
}

func TestTheProbeTellsWhatItFound(t *testing.T) {
	t.Parallel()
	values := server(t)
	bucketIn(t, clientOf(t, values), "uploads")
	unreachable, wrong, foreign, unpublished := values, values, values, values
	unreachable.Endpoints = map[string]string{"api": freeAddress(t)}
	wrong.Secrets = map[string]string{"MINIO_ROOT_PASSWORD": "another-password"}
	foreign.Config = map[string]string{"MINIO_ROOT_USER": "somebody"}
	unpublished.Endpoints = nil
	tests := []struct {
		name, want, code string
		values           sdk.Values
		readiness        pluginv1.Readiness
	}{
		{"ready", "1 bucket", "", values, pluginv1.Readiness_READINESS_READY},
		{"unreachable", "MinIO does not answer at 127.0.0.1:", "", unreachable, pluginv1.Readiness_READINESS_NOT_YET},
		{"not published", "endpoint api is not published", "", unpublished, pluginv1.Readiness_READINESS_NOT_YET},
		{"wrong password", "MinIO refuses the user or the password", refused, wrong, pluginv1.Readiness_READINESS_FATAL},
		{"wrong user", "MinIO refuses the user or the password", refused, foreign, pluginv1.Readiness_READINESS_FATAL},
	}
	for _, tt := range tests {
		got, err := sdktest.Probe(t.Context(), t, plugin(), "minio", tt.values)
		if err != nil {
			t.Fatal(err)
		}
		text := got.GetDetail() + got.GetReason()
		if got.GetReadiness() != tt.readiness || !strings.Contains(text, tt.want) || got.GetDiagnostic().GetCode() != tt.code {
			t.Errorf("%s: %v, want %v %q %s", tt.name, got, tt.readiness, tt.want, tt.code)
		}
		if all := got.String(); strings.Contains(all, testSecret) || strings.Contains(all, "another-password") {
			t.Errorf("%s: the password is in the answer", tt.name)
		}
		if tt.code != "" && got.GetDiagnostic().GetHint() == "" {
			t.Errorf("%s: no hint", tt.name)
		}
	}
}

func TestAnObjectStorageThatStartsIsNotReadyYet(t *testing.T) {
	t.Parallel()
	at := starting(t)
	values := sdk.Values{Endpoints: map[string]string{"api": at}, Secrets: map[string]string{"MINIO_ROOT_PASSWORD": testSecret}}
	got, err := sdktest.Probe(t.Context(), t, plugin(), "minio", values)
	if err != nil || got.GetReadiness() != pluginv1.Readiness_READINESS_NOT_YET || !strings.Contains(got.GetReason(), "503 XMinioServerNotInitialized") {
		t.Errorf("probe: %v, %v", got, err)
	}
}

// starting answers as MinIO does before its storage is up.
func starting(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`<Error><Code>XMinioServerNotInitialized</Code><Message>Server not initialized yet</Message></Error>`))
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}
