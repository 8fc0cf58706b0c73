package build

import (
	"context"
	"io"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/endpoint"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// The users' own programs that look into an image. Of several that are
// installed the first is taken.
var (
	sbomTools = []string{"syft", "trivy"}
	scanTools = []string{"grype", "trivy"}
)

// sbomArgv writes an image's SPDX document to standard output. Sources: syft
// v1, cmd/syft/internal/commands/scan.go ("docker:" is the engine's image);
// trivy v0.57, docs/docs/references/configuration/cli/trivy_image.md.
func sbomArgv(tool, ref string) []string {
	if tool == "trivy" {
		return []string{"trivy", "image", "--image-src", "docker", "--format", "spdx-json", ref}
	}
	return []string{"syft", "docker:" + ref, "-o", "spdx-json"}
}

// scanArgv looks for known vulnerabilities in an image, and ends with another
// code than 0 where one is high or critical. Sources: grype v0.104,
// cmd/grype/cli/commands/root.go and README.md; trivy as above.
func scanArgv(tool, ref string, json bool) []string {
	format := "table"
	if json {
		format = "json"
	}
	if tool == "trivy" {
		return []string{"trivy", "image", "--image-src", "docker", "--scanners", "vuln", "--severity", "HIGH,CRITICAL", "--exit-code", "1", "--format", format, ref}
	}
	return []string{"grype", "docker:" + ref, "--fail-on", "high", "-o", format}
}

// govulncheckArgv scans the packages of a Go module; db is the address of a
// database in place of https://vuln.go.dev, and may be empty. Source:
// golang.org/x/vuln v1, cmd/govulncheck/doc.go; -C has to be the first.
func govulncheckArgv(dir, db string, json bool) []string {
	argv := []string{"govulncheck", "-C", dir}
	if json {
		argv = append(argv, "-format", "json")
	}
	if db != "" {
		argv = append(argv, "-db", db)
	}
	return append(argv, "./...")
}

// firstInstalled is the first of some programs that PATH has; "" for none.
func firstInstalled(environ []string, names ...string) string {
	for _, name := range names {
		if _, err := host.Find(name, environ); err == nil {
			return name
		}
	}
	return ""
}

// runTool runs one of them. It is told by DOCKER_HOST where the engine is, as
// not all of them know the docker command's contexts. An address that takes a
// certificate is left for the tool to find.
func runTool(ctx context.Context, s *load.Session, argv []string, stdout io.Writer, with ...string) error {
	env := append(slices.Clone(s.Environ), with...)
	found, err := endpoint.Find(func(name string) string { return app.Lookup(env, name) })
	if err == nil && found.TLS == nil {
		env = append(env, "DOCKER_HOST="+found.Host)
	}
	return local.Run(ctx, local.Command{Argv: argv, Dir: s.Layout.Root, Env: env, Stdout: stdout, Stderr: s.Run.ChildErr()})
}

// prepare finds the builds and the builder, whatever either could make of the
// other: an image of several platforms has a content as well.
func (b *Operation) prepare() error {
	services, err := b.sections()
	if err != nil {
		return err
	}
	if err := b.Choose(services); err != nil {
		return err
	}
	b.builder, err = docker.FindBuilder(func(name string) string { return app.Lookup(b.Environ, name) })
	return err
}

// identify finds the builds' keys: for all platforms of their sections, or for
// the one that the engine keeps.
func (b *Operation) identify(ctx context.Context, every bool) (err error) {
	if b.host, err = b.Client.Platform(ctx); err != nil {
		return err
	}
	if !every {
		b.narrow()
	}
	b.Records, err = b.record(ctx, b.Needed())
	return err
}

// builtImage is the name of a build's image, which has to be on the engine and of
// what the sources are now.
func (b *Operation) builtImage(ctx context.Context, one plan.Build) (string, error) {
	ref := image.KeyTag(one, b.Records[one.Name].Key)
	id, _, err := b.Client.ImageID(ctx, ref)
	if err != nil || id != "" {
		return ref, err
	}
	return "", failure.New(failure.Preflight, "image %s is not built, and has to be for a look into it", ref).
		WithHint("mage build:backend -services=%s, or build:all", one.Services[0])
}
