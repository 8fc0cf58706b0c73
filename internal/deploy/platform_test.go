package deploy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestTheServersPlatformIsChosenAmongThoseThatTheComposeFilesSay(t *testing.T) {
	t.Parallel()
	p := loaded(t, `
name: shop
services:
  any: {image: a}
  one: {image: a, platform: linux/amd64}
  built: {image: a, build: {context: ., platforms: [linux/amd64, linux/arm64/v8]}}
  narrowed: {image: a, platform: linux/amd64, build: {context: ., platforms: [linux/amd64, linux/arm64]}}
`)
	for _, c := range []struct{ service, server, want, refused string }{
		{"any", "linux/arm64", "linux/arm64", ""},
		{"one", "linux/amd64", "linux/amd64", ""},
		{"one", "linux/arm64", "linux/arm64", "platform says linux/amd64, and the server is linux/arm64"},
		{"built", "linux/arm64", "linux/arm64/v8", ""},
		{"built", "linux/386", "linux/386", "build.platforms says linux/amd64, linux/arm64/v8"},
		{"narrowed", "linux/arm64", "linux/arm64", "platform says linux/amd64"},
		{"narrowed", "linux/amd64", "linux/amd64", ""},
	} {
		if got := deploy.Platform(p, c.service, c.server); got != c.want {
			t.Errorf("%s on %s is for %s", c.service, c.server, got)
		}
		err := deploy.CheckPlatforms(p, []string{c.service}, c.server)
		if c.refused == "" && err != nil || c.refused != "" && (failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), "service "+c.service+": "+c.refused)) {
			t.Errorf("%s on %s: %v", c.service, c.server, err)
		}
	}
}

func TestAnImageThatCannotBeHadIsNamedWithTheWay(t *testing.T) {
	t.Parallel()
	for service, way := range map[string]string{"db": "in the Compose files", "": "as DEPLOY_GATEWAY_IMAGE"} {
		var f *failure.Error
		err := deploy.NoImage("a:1", service, "linux/386", errors.New("there is none"))
		if !errors.As(err, &f) || f.Code != failure.Preflight || !strings.Contains(f.Message, "image a:1 cannot be had for linux/386") || !strings.Contains(f.Message, "there is none") || !strings.Contains(f.Hint, way) {
			t.Errorf("%q: %v, %q", service, err, f.Hint)
		}
	}
}
