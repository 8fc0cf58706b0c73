package build

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/project"
)

var (
	// registryForm is host, port and path of a registry.
	registryForm = lazyregexp.New(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*/?$`)
	// platformForm is os/arch, with a variant or without.
	platformForm = lazyregexp.New(`^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9.]+)?$`)
)

// refuseFlags tells what is wrong with the flags themselves. One that is given
// and empty is an unset variable of a shell, and no wish for everything.
func (b *Operation) refuseFlags() error {
	if slices.Contains(b.Options.Services, "") {
		return project.EmptyFlag("-services", "services with a build section are: "+Join(image.Buildable(b.Project)))
	}
	for _, platform := range b.Options.Platforms {
		if platform == "" {
			return project.EmptyFlag("-platform", "a platform is os/arch: linux/amd64,linux/arm64")
		}
		if !platformForm.MatchString(platform) {
			return failure.New(failure.Usage, "-platform: %q is no platform", platform).WithHint("os/arch, comma separated: -platform=linux/amd64,linux/arm64")
		}
	}
	if b.Options.Push == " " {
		return project.EmptyFlag("-push", "a registry is host/path: -push=registry.example/team")
	}
	if b.Options.Push != "" && !registryForm.MatchString(b.Options.Push) {
		return failure.New(failure.Usage, "-push: %q is no registry", b.Options.Push).WithHint("its host, and a path in it, in small letters and without https://: -push=registry.example/team")
	}
	return nil
}
