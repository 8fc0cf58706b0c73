package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

func TestTheManifestIsSound(t *testing.T) {
	if found := sdk.Check(plugin()); len(found) > 0 {
		t.Error(found)
	}
}

// api answers as Prefect's does; status is that of /api/ready.
func api(t *testing.T, status int, ready, version string) sdk.Values {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/ready", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(ready))
	})
	mux.HandleFunc("GET /api/admin/version", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(version)) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return sdk.Values{Endpoints: map[string]string{endpoint: strings.TrimPrefix(server.URL, "http://")}}
}

func TestReadyIsWhatTheAPISays(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for _, c := range []struct {
		title  string
		values sdk.Values
		want   string
	}{
		{"ready", api(t, 200, `{"message":"OK"}`, `"3.4.25"`), "READINESS_READY API 3.4.25"},
		{"no database", api(t, 503, `{"message":"Database is not available"}`, `"3.4.25"`), "READINESS_NOT_YET GET /api/ready: 503 Service Unavailable: Database is not available"},
		{"another server", api(t, 200, "<html>", "<html>"), "READINESS_NOT_YET GET /api/admin/version: this is not Prefect's answer"},
		{"nobody there", sdk.Values{Endpoints: map[string]string{endpoint: strings.TrimPrefix(closed.URL, "http://")}}, "READINESS_NOT_YET Prefect does not answer: dial tcp"},
		{"not published", sdk.Values{}, "READINESS_NOT_YET endpoint api is not published"},
	} {
		r, err := sdktest.Probe(t.Context(), t, plugin(), "prefect", c.values)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.GetReadiness().String() + " " + r.GetDetail() + r.GetReason(); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s, want %s", c.title, got, c.want)
		}
	}
}

func TestHealthIsForScripts(t *testing.T) {
	v := api(t, 200, `{"message":"OK"}`, `"3.4.25"`)
	end, err := sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: "health"}, v)
	at := v.Endpoints[endpoint]
	if err != nil || end.Code != 0 || end.Stdout() != "Prefect 3.4.25 is ready at http://"+at+" (API http://"+at+"/api)\n" {
		t.Errorf("code %d, error %v, %q", end.Code, err, end.Stdout())
	}
	end, err = sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: "health"}, api(t, 503, "", ""))
	if err != nil || end.Code == 0 || len(end.Diagnostics) != 1 || end.Diagnostics[0].GetCode() != "NOT_READY" {
		t.Errorf("code %d, error %v, %v", end.Code, err, end.Diagnostics)
	}
}

func TestNamesNeedNoQuotes(t *testing.T) {
	good := sdk.Config{"PREFECT_DB": "prefect", "POSTGRES_USER": "postgres"}
	if found := validate(good); len(found) > 0 {
		t.Error(found)
	}
	for _, bad := range []string{"", "Prefect", "a-b", "x'; drop database y; --", "1st", strings.Repeat("a", 64)} {
		if found := validate(sdk.Config{"PREFECT_DB": bad, "POSTGRES_USER": "postgres"}); len(found) != 1 || found[0].Path != "PREFECT_DB" {
			t.Errorf("%q: %v", bad, found)
		}
	}
}

func TestAHostThatNoBrowserReachesIsRefused(t *testing.T) {
	for host, want := range map[string]int{"127.0.0.1": 0, "dev.example.org": 0, "0.0.0.0": 1, "[::]": 1, "::": 1} {
		found := validate(sdk.Config{"PREFECT_DB": "prefect", "POSTGRES_USER": "postgres", "PREFECT_ADVERTISED_HOST": host})
		if len(found) != want || want > 0 && found[0].Path != "PREFECT_ADVERTISED_HOST" {
			t.Errorf("%s: %v", host, found)
		}
	}
}

func TestBrowsersConnectToTheAddressThatThePortIsBoundTo(t *testing.T) {
	for _, c := range []struct{ bound, host, want string }{
		{"127.0.0.1", "", "http://${BIND_ADDRESS:-127.0.0.1}:"},
		{"10.0.0.5", "", "http://${BIND_ADDRESS:-127.0.0.1}:"},
		{"10.0.0.5", "dev.example.org", "http://${PREFECT_ADVERTISED_HOST}:"},
		{"0.0.0.0", "dev.example.org", "http://${PREFECT_ADVERTISED_HOST}:"},
		{"0.0.0.0", "", "http://127.0.0.1:"},
		{"[::]", "", "http://127.0.0.1:"},
		{"", "", "http://127.0.0.1:"},
		{"[::1]", "", "http://${BIND_ADDRESS:-127.0.0.1}:"},
		{"fd00::5", "", "http://[fd00::5]:"},
	} {
		text, found := render(sdk.Config{"BIND_ADDRESS": c.bound, "PREFECT_ADVERTISED_HOST": c.host})
		if len(found) > 0 || !strings.Contains(text, "PREFECT_UI_API_URL: "+c.want+"${PREFECT_PORT:-4200}/api\n") {
			t.Errorf("bound to %q, advertised as %q: no %s in\n%s", c.bound, c.host, c.want, text)
		}
	}
	if !strings.Contains(fragment, advertised) {
		t.Errorf("the fragment has no %s", advertised)
	}
}
