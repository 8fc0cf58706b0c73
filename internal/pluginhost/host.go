// Package pluginhost finds a repository's plugins, builds and verifies them,
// keeps what they said of themselves, and calls them. It imports the contract
// (plugins/sdk/pluginv1), process, host and the leaves; nothing of project,
// docker or load.
package pluginhost

import (
	"context"
	"time"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
	"github.com/infinitescribe/spellbook/internal/pluginhost/process"
)

// Host is where one repository's plugins come from.
type Host struct {
	Root    string   // the repository: plugins/NAME, plugins/plugins.lock
	Dir     string   // what paths in a fragment are relative to; Root where empty
	Module  string   // Spellbook's own module: plugins/NAME of the built-in ones
	Cache   string   // of this machine: binaries, manifests, fragments
	Environ []string // for go build; a plugin gets nothing of it but PATH, HOME, TMPDIR and LANG
	Locked  bool     // what is not in the lock is refused: -locked, or CI=true
	Log     func(Line)
	Now     func() time.Time
	// Standing is what the repository knows of a variable that a plugin declares;
	// nil knows nothing.
	Standing func(plugin, variable string) Standing
	Places   policy.Places // of the repository
	// Unlocked takes the error of a file system that locks nothing; nil: nobody hears of it.
	Unlocked func(error)

	doubt bool // of Verify: what the cache remembers of files is not believed

	// Of tests: they count what is started. nil is the real thing.
	run    func(context.Context, local.Command) error
	launch func(context.Context, process.Spec) (*process.Process, error)
	lock   func(*flock.Flock, context.Context, time.Duration) (bool, error)
}

// Line is a log line of a plugin.
type Line struct {
	Plugin, Level, Message string
	Fields                 map[string]string
}

// Kind is how a plugin gets here.
type Kind string

// The kinds, in the order in which a name is looked up. One name in two of
// them is an error.
const (
	Project Kind = "project"  // plugins/NAME of the repository, built from source
	Module  Kind = "module"   // a Go module at a version, in the lock
	Binary  Kind = "binary"   // a file with a sha256, in the lock
	BuiltIn Kind = "built-in" // Spellbook's own, built from source
)

// Plugin is one that is built, verified and has said what it is.
type Plugin struct {
	Manifest manifest.Manifest // every variable that has to be a secret is one
	Kind     Kind
	Source   string // a directory, MODULE@VERSION or a path
	Binary   string // the verified file
	Sum      string // its sha256, hex
	// Granted are the permissions that its fragment may use: those that its
	// manifest declares for the repository's own code, else those of the lock.
	Granted []string
	// Foreign are the variables of the manifest that are not the plugin's own.
	Foreign []string
}

// IsOwn says whether a plugin is of this repository or of Spellbook: code that
// is trusted as the repository is.
func (k Kind) IsOwn() bool { return k == Project || k == BuiltIn }
