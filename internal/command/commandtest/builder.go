package commandtest

import "fmt"

// BuiltID is the image that Bakes makes of a build; a test gives the engine that
// image without a name.
func BuiltID(name string) string { return fmt.Sprintf("sha256:%064x", name) }

// Bakes is the docker command's call that makes a build.
func Bakes(name string) Call {
	return Call{Args: "buildx bake * " + name, Script: `
while [ $# -gt 0 ]; do [ "$1" = --metadata-file ] && echo '{"` + name + `":{"containerimage.config.digest":"` + BuiltID(name) + `"}}' >"$2"; shift; done`}
}
