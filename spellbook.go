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

	// ComposeDir is the directory of the Compose files: "compose" when empty, or
	// "." where the root has a base file and that directory has none. It holds the
	// base file, which has one of Compose's own names (docker-compose.yml,
	// compose.yaml, …), its override (compose.override.yml, …),
	// docker-compose.backend.yml with the application's own services, and
	// docker-compose.ENVIRONMENT.yml for what is different in an environment. All
	// but the base file may be missing.
	ComposeDir string

	// Files are Compose files in the order in which they are merged, each a path:
	// {"docker-compose.yml", "deploy/override.yml"}. As by -f, they are loaded
	// instead of those found in ComposeDir and of those that COMPOSE_FILE names, in
	// every environment.
	Files []string

	// EnvDir is the directory of the environments' files: "env" when empty. It
	// holds .env.NAME for each environment, and the template .env.example.
	EnvDir string

	// EnvFiles are env files that are read in every environment besides its own,
	// as by --env-file: in this order a later one wins, and the environment's file
	// over them all. Each is a path and has to be there: {"deploy/common.env"}.
	EnvFiles []string

	// EnvLink is the link to the file of the active environment: ".env" when
	// empty, or the .env beside the Compose files where that is the only one. What
	// COMPOSE_FILE in a .env names is relative to its directory.
	EnvLink string

	// StateDir is the directory of what Spellbook remembers between runs:
	// ".spellbook" when empty. It is the machine's own and belongs into
	// .gitignore.
	StateDir string
}
