package deploy

import (
	"regexp"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Labels of what a deployment made, so that it is judged by ours alone, not by
// the laptop's paths or its version of Compose.
const (
	LabelProject = "dev.spellbook.deploy.project"
	LabelRelease = "dev.spellbook.deploy.release"
	LabelService = "dev.spellbook.deploy.service"
	LabelHash    = "dev.spellbook.deploy.hash"
)

// ProjectName is the Compose project of a release of the application.
func ProjectName(name, release string) string { return name + "-" + release }

var releasePattern = regexp.MustCompile(`^\d{8}-\d{6}-[0-9a-z]{1,7}-[0-9a-f]{8}$`) // see NewID

// ReleaseOf is the release whose Compose project that is, if it is one of a release.
func ReleaseOf(name, project string) (release string, is bool) {
	release, is = strings.CutPrefix(project, name+"-")
	return release, is && releasePattern.MatchString(release)
}

// ContainerName is the name of a service's container in a release.
func ContainerName(name, service, release string) string {
	return strings.ToLower(name + "-" + service + "-" + release)
}

// ImageName keeps an image on the server as long as a release is kept.
func ImageName(name, service, release string) string {
	return ImagePrefix(name) + strings.ToLower(service) + ":" + release
}

// ImagePrefix begins the names of all images of a project on the server.
func ImagePrefix(name string) string { return "spellbook/" + name + "/" }

var hostPattern = regexp.MustCompile(`^[^\s,-][^\s,]*$`)

// CheckHost refuses what is no single server.
func CheckHost(host string) error {
	switch {
	case host == "":
		return failure.New(failure.Preflight, "DEPLOY_HOST is not set").
			WithHint("write DEPLOY_HOST=user@host, or a name of ~/.ssh/config, into the environment's file")
	case strings.Contains(host, ","), len(strings.Fields(host)) > 1:
		return failure.New(failure.Preflight, "DEPLOY_HOST names several servers: %s", host).
			WithHint("name one: an environment is deployed to one server")
	case !hostPattern.MatchString(host):
		return failure.New(failure.Preflight, "DEPLOY_HOST=%s is no name of a server", host).
			WithHint("write [user@]host[:port], or a name of ~/.ssh/config")
	}
	return nil
}
