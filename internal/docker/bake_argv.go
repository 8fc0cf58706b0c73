package docker

import "github.com/infinitescribe/spellbook/internal/plan"

// BakeOptions say which target of a bake file is made, where, and what becomes
// of the image.
type BakeOptions struct {
	Target   string       // the Name of the plan.Build to be made
	Builds   []plan.Build // what the bake file holds: what it may read is allowed
	Builder  string       // "" is the one in use
	Output   string       // "load": into the engine; "registry": pushed by the builder; "": none
	Metadata string       // path of a file for --metadata-file; "" is none
}

// BakeArgv is the command that reads a bake file on stdin.
func BakeArgv(o BakeOptions) []string {
	return []string{"docker", "buildx", "bake", "-f", "-", "--progress", "rawjson", o.Target}
}
