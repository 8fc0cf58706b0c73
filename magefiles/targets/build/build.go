// Package build has the targets that make images. A magefile imports it alone
// or beside other namespaces.
package build

import (
	"context"

	"github.com/magefile/mage/mg"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Build makes images, each once, and never again until something changed.
type Build mg.Namespace

// Backend builds what docker-compose.backend.yml says; nothing happens when nothing changed.
func (Build) Backend(ctx context.Context,
	services *string, // only the images of these, comma separated
	push *string, // push to this registry too: registry.example/team
	platform *string, // build for these platforms, comma separated: linux/amd64,linux/arm64
	force *bool, // build although nothing changed, and ask registries for base images again
	dry *bool, // print the plan and change nothing
	json *bool, // one JSON document on standard output
) error {
	return build.Build(ctx, target.Run(), build.Options{Services: target.List(services), Push: registry(push), Platforms: target.List(platform),
		Force: target.Value(force), Dry: target.Value(dry), JSON: target.Value(json)})
}

// All builds every build section of the Compose files, those of inactive profiles too.
func (Build) All(ctx context.Context,
	services *string, // only the images of these, comma separated
	push *string, // push to this registry too: registry.example/team
	platform *string, // build for these platforms, comma separated: linux/amd64,linux/arm64
	force *bool, // build although nothing changed, and ask registries for base images again
	dry *bool, // print the plan and change nothing
	json *bool, // one JSON document on standard output
) error {
	return build.Build(ctx, target.Run(), build.Options{All: true, Services: target.List(services), Push: registry(push), Platforms: target.List(platform),
		Force: target.Value(force), Dry: target.Value(dry), JSON: target.Value(json)})
}

// registry is the flag -push: one that is given and empty, as an unset variable
// of a shell makes it, is not one that is left out.
func registry(flag *string) string {
	if flag != nil && *flag == "" {
		return " "
	}
	return target.Value(flag)
}

// Plan shows what build:all would build, and why.
func (Build) Plan(ctx context.Context,
	json *bool, // one JSON document on standard output
) error {
	return build.Plan(ctx, target.Run(), target.Value(json))
}

// Images shows the images that were built: size, age, who uses them.
func (Build) Images(ctx context.Context,
	json *bool, // one JSON document on standard output
) error {
	return build.Images(ctx, target.Run(), target.Value(json))
}

// Explain shows which input of a service's image changed since the last build: mage build:explain api-gateway.
func (Build) Explain(ctx context.Context, service string,
	json *bool, // one JSON document on standard output
) error {
	return build.Explain(ctx, target.Run(), service, target.Value(json))
}

// SBOM writes what is in an image as SPDX: by BuildKit where the builder can, else by your syft or trivy.
func (Build) SBOM(ctx context.Context,
	services *string, // only the images of these, comma separated
	out *string, // a directory, or for one image a file that ends with .json (standard output)
	tool *string, // syft or trivy, even where BuildKit can
	json *bool, // one JSON document about what was written on standard output
) error {
	return build.SBOM(ctx, target.Run(), build.SBOMOptions{Services: target.List(services), Out: target.Value(out), Tool: target.Value(tool), JSON: target.Value(json)})
}

// Scan looks for known vulnerabilities: by your grype, trivy or govulncheck, or by what x-spellbook: {scan: […]} of a service names.
func (Build) Scan(ctx context.Context,
	services *string, // only the images of these, comma separated
	json *bool, // one JSON document on standard output
) error {
	return build.Scan(ctx, target.Run(), build.ScanOptions{Services: target.List(services), JSON: target.Value(json)})
}
