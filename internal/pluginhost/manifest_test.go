package pluginhost

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

func protoManifest() *pluginv1.Manifest {
	return &pluginv1.Manifest{
		Name: "kafka", Version: "1.2.3-rc.1", Api: &pluginv1.ApiRange{Min: 1, Max: 2}, Summary: "A broker", Docs: "# Kafka\n\n\tcode",
		Capabilities: []string{"probe"}, Services: []*pluginv1.Service{{Name: "kafka", Probed: true}},
		Variables:   []*pluginv1.Variable{{Name: "KAFKA_PORT", Type: "port", Default: "9092"}, {Name: "KAFKA_MODE", Type: "enum a|b"}, {Name: "KAFKA_PASSWORD", Type: "string", Secret: true, Generate: 20}},
		Endpoints:   []*pluginv1.Endpoint{{Name: "broker", Service: "kafka", Port: 9092, Scheme: "tcp"}},
		Commands:    []*pluginv1.Command{{Name: "topics", Arguments: []*pluginv1.Argument{{Name: "name"}}, Flags: []*pluginv1.Flag{{Name: "partitions", Type: pluginv1.FlagType_FLAG_TYPE_INT, Default: "3"}}}},
		Hooks:       []*pluginv1.Hook{{Phase: pluginv1.Phase_PHASE_POST_READY, Timeout: durationpb.New(time.Minute)}},
		Permissions: []*pluginv1.Permission{{Key: "mount:/data", Reason: "The logs"}},
	}
}

func TestAManifestIsTheSameFromTheCache(t *testing.T) {
	t.Parallel()
	m, err := manifest.FromProto(protoManifest())
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	again, err := manifest.ReadManifest(data)
	if err != nil || !reflect.DeepEqual(m, again) || m.Digest() != again.Digest() {
		t.Errorf("%v: got %+v, want %+v", err, again, m)
	}
	m.Permissions[0].Key = "mount:/"
	if m.Digest() == again.Digest() {
		t.Error("another permission has the same digest")
	}
}

func TestAHostileManifestIsRefused(t *testing.T) {
	t.Parallel()
	for says, spoil := range map[string]func(*pluginv1.Manifest){
		"the name":                       func(m *pluginv1.Manifest) { m.Name = "../kafka" },
		"semantic version":               func(m *pluginv1.Manifest) { m.Version = "v1" },
		"API 0 to 0":                     func(m *pluginv1.Manifest) { m.Api = nil },
		"API 3 to 2":                     func(m *pluginv1.Manifest) { m.Api = &pluginv1.ApiRange{Min: 3, Max: 2} },
		"summary has control characters": func(m *pluginv1.Manifest) { m.Summary = "a\x1b[2J" },
		"docs have control characters":   func(m *pluginv1.Manifest) { m.Docs = "a\u009b2J" },
		"docs have 262145 bytes":         func(m *pluginv1.Manifest) { m.Docs = strings.Repeat("x", manifest.MaxDocs+1) },
		"bytes, 1048576 are the most":    func(m *pluginv1.Manifest) { m.Docs = strings.Repeat("x", 50<<20) },
		"longer than 200 characters":     func(m *pluginv1.Manifest) { m.Summary = strings.Repeat("x", 201) },
		"kafka has control characters":   func(m *pluginv1.Manifest) { m.Services[0].Summary = "a\nb" },
		"the capability":                 func(m *pluginv1.Manifest) { m.Capabilities = []string{"a b"} },
		"the service":                    func(m *pluginv1.Manifest) { m.Services[0].Name = "a/b" },
		"the service \"kafka\" is there": func(m *pluginv1.Manifest) { m.Services = append(m.Services, m.Services[0]) },
		"has 65 services":                func(m *pluginv1.Manifest) { m.Services = make([]*pluginv1.Service, 65) },
		"the variable \"PATH\\n\"":       func(m *pluginv1.Manifest) { m.Variables[0].Name = "PATH\n" },
		"DOCKER_HOST may not be a plugin's: it decides which engine is used": func(m *pluginv1.Manifest) { m.Variables[0].Name = "DOCKER_HOST" },
		"LD_PRELOAD may not be a plugin's":                                   func(m *pluginv1.Manifest) { m.Variables[1].Name = "LD_PRELOAD" },
		"unknown type \"number\"":                                            func(m *pluginv1.Manifest) { m.Variables[0].Type = "number" },
		"default of KAFKA_PORT":                                              func(m *pluginv1.Manifest) { m.Variables[0].Default = "\x1b" },
		"cannot be generated":                                                func(m *pluginv1.Manifest) { m.Variables[0].Generate = 10 },
		"length of 2147483647":                                               func(m *pluginv1.Manifest) { m.Variables[2].Generate = 1<<32 - 1 },
		"of an unknown service":                                              func(m *pluginv1.Manifest) { m.Endpoints[0].Service = "zookeeper" },
		"has no port":                                                        func(m *pluginv1.Manifest) { m.Endpoints[0].Port = 65536 },
		"the scheme":                                                         func(m *pluginv1.Manifest) { m.Endpoints[0].Scheme = "javascript:" },
		"the command":                                                        func(m *pluginv1.Manifest) { m.Commands[0].Name = "Topics" },
		"(Mage does not tell case)":                                          func(m *pluginv1.Manifest) { m.Commands = append(m.Commands, &pluginv1.Command{Name: "topicS"}) },
		"has \"name\" twice":                                                 func(m *pluginv1.Manifest) { m.Commands[0].Flags[0].Name = "name" },
		"\"many\" is no int":                                                 func(m *pluginv1.Manifest) { m.Commands[0].Flags[0].Default = "many" },
		"is no ":                                                             func(m *pluginv1.Manifest) { m.Commands[0].Flags[0].Type = pluginv1.FlagType(77) },
		"unknown phase":                                                      func(m *pluginv1.Manifest) { m.Hooks[0].Phase = pluginv1.Phase(9) },
		"may not take -1ns":                                                  func(m *pluginv1.Manifest) { m.Hooks[0].Timeout = &durationpb.Duration{Nanos: -5, Seconds: 5} },
		"may not take 2h0m0s":                                                func(m *pluginv1.Manifest) { m.Hooks[0].Timeout = durationpb.New(2 * time.Hour) },
		"the phase post_ready has two":                                       func(m *pluginv1.Manifest) { m.Hooks = append(m.Hooks, m.Hooks[0]) },
		"\"mount:relative\" is no perm":                                      func(m *pluginv1.Manifest) { m.Permissions[0].Key = "mount:relative" },
		"\"mount:/a,privileged\" is no":                                      func(m *pluginv1.Manifest) { m.Permissions[0].Key = "mount:/a,privileged" },
		"\"mount:/a/../..\" is no":                                           func(m *pluginv1.Manifest) { m.Permissions[0].Key = "mount:/a/../.." },
		"mount:/data has control":                                            func(m *pluginv1.Manifest) { m.Permissions[0].Reason = "\u202eslaes" },
		"mount:/data is there twice":                                         func(m *pluginv1.Manifest) { m.Permissions = append(m.Permissions, m.Permissions[0]) },
		"the name \"\" is not":                                               func(m *pluginv1.Manifest) { proto.Reset(m) },
		"text of argument name is longer ":                                   func(m *pluginv1.Manifest) { m.Commands[0].Arguments[0].Summary = strings.Repeat("ä", 201) },
	} {
		p := protoManifest()
		spoil(p)
		m, err := manifest.FromProto(p)
		if err == nil || !strings.Contains(err.Error(), says) || len(err.Error()) > 1000 || !manifest.IsText(err.Error(), "") {
			t.Errorf("want %q, got %v", says, err)
		}
		if !reflect.DeepEqual(m, manifest.Manifest{}) {
			t.Errorf("%q: something of it passed: %+v", says, m)
		}
	}
}

func TestACacheThatIsNoManifestIsNotTrusted(t *testing.T) {
	t.Parallel()
	good, err := manifest.FromProto(protoManifest())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	for what, data := range map[string]string{
		"empty": "", "cut off": string(text[:len(text)/2]), "two": string(text) + string(text), "a list": "[]", "null": "null",
		"an unknown field": `{"trusted":true,` + string(text[1:]),
		"an escape":        strings.Replace(string(text), "A broker", `A \u001b[2J`, 1),
		"too large":        strings.Repeat(" ", manifest.MaxManifest) + string(text),
	} {
		if m, err := manifest.ReadManifest([]byte(data)); err == nil {
			t.Errorf("%s: read as %+v", what, m)
		}
	}
}

// FuzzManifestJSON: what is read is in form, and the same when it is read again.
func FuzzManifestJSON(f *testing.F) {
	m, err := manifest.FromProto(protoManifest())
	if err != nil {
		f.Fatal(err)
	}
	data, err := json.Marshal(m)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"name":"a","version":"1.0.0","api_min":1,"api_max":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := manifest.ReadManifest(data); err == nil {
			holds(t, m)
		}
	})
}

// FuzzManifestProto: the same for what comes from a plugin.
func FuzzManifestProto(f *testing.F) {
	data, err := proto.Marshal(protoManifest())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		var p pluginv1.Manifest
		if proto.Unmarshal(data, &p) != nil {
			return
		}
		if m, err := manifest.FromProto(&p); err == nil {
			holds(t, m)
		}
	})
}

// holds are the properties of every manifest that passed.
func holds(t *testing.T, m manifest.Manifest) {
	t.Helper()
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	again, err := manifest.ReadManifest(data)
	if err != nil || again.Digest() != m.Digest() {
		t.Fatalf("%v: %+v became %+v", err, m, again)
	}
	if !manifest.PluginName.MatchString(m.Name) || !manifest.IsText(m.Summary, "") || m.APIMin < 1 {
		t.Errorf("passed: %+v", m)
	}
}
