// Package sdk is what the author of a Spellbook plugin imports: describe the
// plugin as one Plugin value and hand it to Serve. It imports the contract
// (pluginv1), go-plugin and gRPC, and nothing else of Spellbook.
package sdk

import (
	"context"
	"time"
)

// Plugin is a plugin whole: what it is, and the functions that do its work.
// Only Name, Version, Services and Fragment or Render are needed.
type Plugin struct {
	// Name is [a-z][a-z0-9]*; it is the namespace of the targets and the word
	// in PLUGINS=.
	Name string
	// Version is semver without v.
	Version string
	// Summary is one line without a full stop.
	Summary string
	// Docs is Markdown, shown by plugin:info.
	Docs string

	Services    []Service
	Variables   []Variable
	Endpoints   []Endpoint
	Commands    []Command
	Hooks       []Hook
	Permissions []Permission

	// Fragment is a Compose file with the plugin's services. It names variables,
	// ${NAME:-default}, with the defaults of Variables.
	Fragment string
	// Render makes the fragment where it depends on values; it is pure and sees
	// no secret. It wins over Fragment.
	Render func(Config) (string, []Diagnostic)
	// Validate finds mistakes that the types of Variables cannot; it connects to
	// nothing.
	Validate func(Config) []Diagnostic
	// Backup writes data into dir, Restore reads it from there.
	Backup, Restore func(ctx context.Context, run *Run, dir string) error
}

// Config has the declared variables that are not secret, with defaults.
type Config map[string]string

// Service is a service of the fragment.
type Service struct {
	Name, Summary string
	// Optional services are in the fragment for some values only.
	Optional bool
	// Probe is one attempt to find out whether the service is ready; nil leaves
	// that to its health check. The host repeats it.
	Probe func(ctx context.Context, run *Run) Status
}

// Variable is an environment variable that the plugin reads, or that its
// fragment names. It sees no other. One that does not begin with the plugin's
// name has to be granted; see pluginv1.Reserved for those that cannot be.
type Variable struct {
	Name, Summary string
	// Type is string (the default), port, host, url, bool, int, duration, path or
	// "enum a|b".
	Type     string
	Default  string
	Required bool
	Secret   bool
	// Generate is the length of a generated secret; 0 for none.
	Generate int
}

// Endpoint is a container port of a service; Run.Endpoint finds where it is
// published.
type Endpoint struct {
	Name, Service string
	Port          int
	Scheme        string // http, redis: what its URL begins with in infra:up and infra:status
}

// Command becomes the target PLUGIN:NAME.
type Command struct {
	// Name is [a-z][a-zA-Z0-9]*.
	Name, Summary string
	Arguments     []Argument
	Flags         []Flag
	// Endless commands run until they are interrupted.
	Endless bool
	// Run does it. An error ends with exit code 1, an ExitError with its own.
	Run func(ctx context.Context, call *Call) error
}

// Argument is a positional argument; all are required.
type Argument struct{ Name, Summary string }

// Flag is an optional flag, -name=value.
type Flag struct {
	Name, Summary string
	Type          FlagType
	Default       string // as text
}

// FlagType is the type of a flag's value.
type FlagType int

// The types that Mage's flags have.
const (
	String FlagType = iota
	Bool
	Int
	Duration
)

// Hook does a phase's work. It is idempotent: it tells the run of each thing
// whether it was created or existed.
type Hook struct {
	Phase   Phase
	Summary string
	Timeout time.Duration // 0 means one minute
	Run     func(ctx context.Context, run *Run) error
}

// Phase is when a hook runs.
type Phase int

// The phases of a stack.
const (
	PreUp     Phase = iota + 1 // before the first start of a service of the plugin
	PostReady                  // after the plugin's services are ready
	PreDown                    // before they are stopped
)

// Permission is what a fragment may not have without it: privileged, cap:NAME,
// docker.sock, publish:ADDRESS, mount:PATH and more, see docs/plugins.md.
type Permission struct{ Key, Reason string }
