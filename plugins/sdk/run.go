package sdk

import (
	"fmt"
	"log/slog"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Run is what a call knows of the running stack. Its methods may be called from
// several goroutines.
type Run struct {
	ID          string
	Project     string
	Environment string
	DryRun      bool // change nothing, say what would be
	Log         *slog.Logger

	config, secrets, endpoints map[string]string
	send                       func(*pluginv1.Event) error // nil in a probe
}

// Values are what NewRun makes a Run of.
type Values struct {
	ID, Project, Environment string
	DryRun                   bool
	Config, Secrets          map[string]string
	Endpoints                map[string]string // host:port by the manifest's names
	Log                      *slog.Logger      // nil: logs become events
}

// NewRun makes a Run by hand, for tests of a plugin's functions; tell gets its
// events and may be nil. Package sdktest wraps it.
func NewRun(v Values, tell func(*pluginv1.Event)) *Run {
	if tell == nil {
		return newRun(v, nil)
	}
	return newRun(v, func(e *pluginv1.Event) error {
		tell(e)
		return nil
	})
}

func newRun(v Values, send func(*pluginv1.Event) error) *Run {
	r := &Run{
		ID: v.ID, Project: v.Project, Environment: v.Environment, DryRun: v.DryRun, Log: v.Log,
		config: v.Config, secrets: v.Secrets, endpoints: v.Endpoints, send: send,
	}
	if r.Log == nil {
		r.Log = slog.New(&eventHandler{tell: r.tell})
	}
	return r
}

// Config is the value of a declared variable that is not secret, or its
// default.
func (r *Run) Config(name string) string { return r.config[name] }

// Secret is the value of a declared secret, or of a declared variable that the
// repository keeps secret; "" where it has none.
func (r *Run) Secret(name string) string { return r.secrets[name] }

// Endpoint is where a port of the manifest is reached from here, host:port.
func (r *Run) Endpoint(name string) (string, error) {
	if at, ok := r.endpoints[name]; ok {
		return at, nil
	}
	return "", Diagnostic{Code: "ENDPOINT_NOT_PUBLISHED", Summary: fmt.Sprintf("endpoint %s is not published, or its service does not run", name), Path: name, Hint: "mage infra:status"}
}

// Created tells of a thing that is new: a kind and a name, for example a topic
// "orders".
func (r *Run) Created(kind, name string) { r.resource(kind, name, pluginv1.Change_CHANGE_CREATED) }

// Existed tells of a thing that was there before.
func (r *Run) Existed(kind, name string) { r.resource(kind, name, pluginv1.Change_CHANGE_EXISTED) }

// Updated tells of a thing that was there and was changed.
func (r *Run) Updated(kind, name string) { r.resource(kind, name, pluginv1.Change_CHANGE_UPDATED) }

// Deleted tells of a thing that is gone.
func (r *Run) Deleted(kind, name string) { r.resource(kind, name, pluginv1.Change_CHANGE_DELETED) }

// Progress tells how far the work is; total 0 means unknown.
func (r *Run) Progress(what string, done, total uint64) {
	r.tell(&pluginv1.Event{Kind: &pluginv1.Event_Progress{Progress: &pluginv1.Progress{Text: text(what), Done: done, Total: total}}})
}

// request makes the Run of a request: the variables that the manifest declares
// and no other, with defaults where the host gave nothing.
func (s *server) request(r *pluginv1.Run, send func(*pluginv1.Event) error) *Run {
	run := newRun(Values{
		ID: r.GetId(), Project: r.GetProject(), Environment: r.GetEnvironment(), DryRun: r.GetDryRun(),
		Config: s.config(r.GetConfig()), Secrets: s.declaredSecrets(r.GetSecrets()), Endpoints: r.GetEndpoints(),
	}, send)
	if send == nil {
		run.Log = s.log
	}
	return run
}

// config is what the host gave of the variables that are not secret. Empty
// means the default, as in ${NAME:-default}.
func (s *server) config(given map[string]string) Config {
	config := Config{}
	for _, v := range s.plugin.Variables {
		if v.Secret {
			continue
		}
		if config[v.Name] = given[v.Name]; config[v.Name] == "" {
			config[v.Name] = v.Default
		}
	}
	return config
}

// declaredSecrets are those that the host keeps secret, also where the plugin
// does not know that they are.
func (s *server) declaredSecrets(given map[string]string) map[string]string {
	secrets := map[string]string{}
	for _, v := range s.plugin.Variables {
		if value, ok := given[v.Name]; ok {
			secrets[v.Name] = value
		}
	}
	return secrets
}
