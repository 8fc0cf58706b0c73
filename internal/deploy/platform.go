package deploy

import (
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/platform"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Platform is what a service's image is for on a server: of the platforms that the
// Compose files have it for, the one that the server's engine takes, else the
// server's own.
func Platform(p *project.Project, service, server string) string {
	_, said := saidPlatforms(p, service)
	if at := platform.Best(server, said); at >= 0 {
		return said[at]
	}
	return server
}

// CheckPlatforms refuses services that the Compose files have for other platforms
// than the server's.
func CheckPlatforms(p *project.Project, services []string, server string) error {
	for _, name := range services {
		key, said := saidPlatforms(p, name)
		if len(said) > 0 && platform.Best(server, said) < 0 {
			return failure.New(failure.Preflight, "service %s: %s says %s, and the server is %s", name, key, strings.Join(said, ", "), server).
				WithHint("add %s to build.platforms, or take platform: away: the server's is asked for", server)
		}
	}
	return nil
}

// NoImage is the error for an image that cannot be had for the server's platform,
// and why; the gateway's has no service.
func NoImage(ref, service, server string, why error) error {
	where := "in the Compose files"
	if service == "" {
		where = "as DEPLOY_GATEWAY_IMAGE"
	}
	return failure.New(failure.Preflight, "image %s cannot be had for %s, which the server is: %w", ref, server, why).
		WithHint("name one %s that there is for %s, in a registry or on this machine's engine", where, server)
}

// saidPlatforms are those of a service, and the key that says so. As Compose has it,
// platform chooses among build.platforms.
func saidPlatforms(p *project.Project, service string) (key string, list []string) {
	s := p.Model.Services[service]
	switch {
	case s.Platform != "":
		return "platform", []string{s.Platform}
	case s.Build != nil && len(s.Build.Platforms) > 0:
		return "build.platforms", slices.Clone([]string(s.Build.Platforms))
	}
	return "", nil
}
