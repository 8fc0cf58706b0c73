package gateway_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/gateway"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sets are three that servers have: one API; sites by host and path behind TLS; TCP beside HTTP during a switch.
var sets = map[string]struct {
	routes  []gateway.Route
	slots   gateway.Slots
	options gateway.Options
}{
	"api": {
		routes: []gateway.Route{{Service: "api", Port: 8000, Health: "/health"}},
		slots:  gateway.Slots{}.Staged("r1", map[string]string{"api-8000": "api-r1:8000"}).Switched(),
	},
	"sites": {
		routes: []gateway.Route{
			{Service: "web", Port: 443, TLS: true},
			{Service: "api", Port: 443, TLS: true, Path: "/api", Health: "/health"},
			{Service: "admin", Port: 443, TLS: true, Host: "admin.example.org"},
			{Service: "api", Port: 443, TLS: true, Host: "api.example.org", Path: "/v1/", Health: "/health"},
		},
		slots: gateway.Slots{}.Staged("r1", map[string]string{
			"web-443": "web-r1:3000", "api-443": "api-r1:8000", "admin-443": "admin-r1:80",
		}).Switched(),
		options: gateway.Options{
			Certificate: "/etc/haproxy/site.pem", Redirect: gateway.Redirect{From: 80, To: 443},
			Maintenance: true, Page: "<p>We're \"back\" at 5 % …\n\\o/ # ${HOME}</p>",
		},
	},
	"switch": {
		routes: []gateway.Route{
			{Service: "broker", Port: 9092, Mode: gateway.TCP, Bind: "127.0.0.1"},
			{Service: "api", Port: 8000, Path: "/api"},
		},
		slots: gateway.Slots{}.
			Staged("r1", map[string]string{"broker-9092": "broker-r1:9092", "api-8000": "api-r1:8000"}).Switched().
			Staged("r2", map[string]string{"broker-9092": "broker-r2:9092", "api-8000": "api-r2:8000"}).Switched(),
	},
}

func TestTheConfigurationOfThreeRouteSets(t *testing.T) {
	for name, set := range sets {
		t.Run(name, func(t *testing.T) {
			got, err := gateway.Config(set.routes, set.slots, set.options)
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".cfg")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("differs from %s:\n%s", golden, got)
			}
		})
	}
}

// needHAProxy is for tests of the real one, Debian's.
func needHAProxy(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("haproxy"); err != nil {
		t.Fatal("apt-get install haproxy")
	}
}

func TestHAProxyAcceptsEveryConfigurationWithoutAWarning(t *testing.T) {
	needHAProxy(t)
	for name, set := range sets {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if set.options.Certificate != "" {
				set.options.Certificate = filepath.Join(folder, "site.pem")
				if err := os.WriteFile(set.options.Certificate, []byte(certificate(t, name)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			text, err := gateway.Config(set.routes, set.slots, set.options)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(folder, "haproxy.cfg")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), "haproxy", "-c", "-f", file).CombinedOutput()
			if err != nil || strings.Contains(string(out), "[WARNING]") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestWhatCannotBeServedIsRefused(t *testing.T) {
	api := gateway.Route{Service: "api", Port: 8000}
	tcp := gateway.Route{Service: "db", Port: 8000, Mode: gateway.TCP}
	for name, routes := range map[string][]gateway.Route{
		"cannot share port 8000: the same host and path": {api, {Service: "web", Port: 8000}},
		"cannot share port 8000: the port's mode":        {api, tcp},
		"cannot share port 8000: two health checks":      {api, {Service: "api", Port: 8000, Path: "/x", Health: "/health"}},
		"port 8000: path is not valid":                   {{Service: "api", Port: 8000, Path: "/a } http-request deny #"}},
		"port 8000: host is not valid":                   {{Service: "api", Port: 8000, Host: "a b"}},
		"port 8000: health is not valid":                 {{Service: "api", Port: 8000, Health: "health"}},
		"port 8000: bind is not valid":                   {{Service: "api", Port: 8000, Bind: "*"}},
		"port 0: port is not valid":                      {{Service: "api"}},
		"port 8000: mode is not valid":                   {{Service: "api", Port: 8000, Mode: gateway.TCP, Path: "/x"}},
		"speaks TLS, and there is no certificate":        {{Service: "api", Port: 8000, TLS: true}},
		`gateway of service "a\nb", port 80: service is`: {{Service: "a\nb", Port: 80}},
	} {
		_, err := gateway.Config(routes, nil, gateway.Options{})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v, want %q", routes, err, name)
		}
	}
	for address, want := range map[string]string{"10.0.0.1:80": "is not NAME:PORT", "api": "missing port", "api:http": "is not NAME:PORT"} {
		slots := gateway.Slots{}.Staged("r1", map[string]string{api.Backend(): address})
		if _, err := gateway.Config([]gateway.Route{api}, slots, gateway.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

// enabled are the servers of a backend that a start of the file sends requests to.
var enabled = regexp.MustCompile(`(?m)^  server [ab] \S+-(r\d+):8000$`)

func TestNoOrderOfStepsMakesTwoReleasesOfABackendReady(t *testing.T) {
	route := gateway.Route{Service: "api", Port: 8000}
	rapid.Check(t, func(t *rapid.T) {
		slots := gateway.Slots{}
		for i, step := range rapid.SliceOfN(rapid.SampledFrom([]string{"stage", "switch", "revert", "free"}), 1, 12).Draw(t, "steps") {
			before := slots
			switch step {
			case "stage":
				release := "r" + string(rune('0'+i%10))
				slots = slots.Staged(release, map[string]string{route.Backend(): "api-" + release + ":8000"})
			case "switch":
				slots = slots.Switched()
			case "revert":
				slots = slots.Reverted()
			case "free":
				slots = slots.Freed()
			}
			text, err := gateway.Config([]gateway.Route{route}, slots, gateway.Options{})
			if err != nil {
				t.Fatalf("%v after %s of %v", err, step, before)
			}
			ready, was := len(enabled.FindAllString(text, -1)), serves(before[route.Backend()])
			if ready > 1 || was && ready == 0 {
				t.Fatalf("%d ready after %s of %v:\n%s", ready, step, before, text)
			}
		}
	})
}

func serves(pair gateway.Pair) bool {
	return pair[0].State == gateway.Ready || pair[1].State == gateway.Ready
}

func TestTwoReadySlotsAreNoConfiguration(t *testing.T) {
	route := gateway.Route{Service: "api", Port: 8000}
	slots := gateway.Slots{route.Backend(): {
		{Release: "r1", Address: "api-r1:8000", State: gateway.Ready},
		{Release: "r2", Address: "api-r2:8000", State: gateway.Ready},
	}}
	if _, err := gateway.Config([]gateway.Route{route}, slots, gateway.Options{}); err == nil {
		t.Error("both slots are ready")
	}
}

func TestSlotsAreKeptAsJSON(t *testing.T) {
	want := sets["switch"].slots.Switched().Staged("r3", map[string]string{"api-8000": "api-r3:8000"})
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got gateway.Slots
	if err := json.Unmarshal(text, &got); err != nil || !maps.Equal(got, want) {
		t.Errorf("%v of %s, want %v (%v)", got, text, want, err)
	}
	if err := json.Unmarshal([]byte(`{"api-8000":[{"state":"open"}]}`), &got); err == nil {
		t.Error("a state that is none")
	}
}
