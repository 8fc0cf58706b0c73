// Package spellbook is what a magefile that has adopted Spellbook says about
// its repository. The targets are in the packages below magefiles/targets, one
// for each namespace. It imports nothing of ours, so that it stays small.
package spellbook

// Repository is the Layout of the repository that the targets work in,
// whichever of their packages a magefile imports. A magefile sets it in its
// init function, before any target runs; its zero value is Spellbook's own
// layout.
var Repository Layout

// Layout says where a repository keeps its files. Only what differs from the
// defaults has to be set. Paths are relative to Root, with slashes, unless they
// are absolute.
type Layout struct {
	// Root is the repository's directory, as an absolute path. When it is empty
	// it is the nearest directory, from the working directory upwards, that has
	// the Compose files where this Layout has them, else one with a go.mod, else
	// the working directory.
	Root string

	// ComposeDir is the directory of the Compose files: "compose" when empty. It
	// holds the base file, which has one of Compose's own names
	// (docker-compose.yml, compose.yaml, …), docker-compose.backend.yml with the
	// application's own services, and docker-compose.ENVIRONMENT.yml for what is
	// different in an environment. All but the base file may be missing.
	ComposeDir string

	// Files are Compose files in the order in which they are merged, each a path:
	// {"docker-compose.yml", "deploy/override.yml"}. They are loaded instead of
	// those found in ComposeDir, in every environment. When it is empty, those of
	// ComposeDir are.
	Files []string

	// EnvDir is the directory of the environments' files: "env" when empty. It
	// holds .env.NAME for each environment, and the template .env.example.
	EnvDir string

	// EnvLink is the link to the file of the active environment: ".env" when
	// empty.
	EnvLink string

	// StateDir is the directory of what Spellbook remembers between runs:
	// ".spellbook" when empty. It is the machine's own and belongs into
	// .gitignore.
	StateDir string
}
