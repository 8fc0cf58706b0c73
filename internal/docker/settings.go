package docker

import (
	"context"
	"fmt"

	"github.com/moby/moby/client"
)

// Settings are what a container was made with, as far as a list does not say it.
type Settings struct {
	Restart     string   // the policy: no, always, unless-stopped, on-failure or on-failure:N
	Environment []string // NAME=value, those of the image among them
}

// Settings asks for those of a container.
func (c *Client) Settings(ctx context.Context, id string) (Settings, error) {
	got, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return Settings{}, c.explain("look at container "+id, err)
	}
	var s Settings
	if host := got.Container.HostConfig; host != nil {
		s.Restart = string(host.RestartPolicy.Name)
		if n := host.RestartPolicy.MaximumRetryCount; n > 0 {
			s.Restart += fmt.Sprintf(":%d", n)
		}
	}
	if s.Restart == "" {
		s.Restart = "no"
	}
	if config := got.Container.Config; config != nil {
		s.Environment = config.Env
	}
	return s, nil
}
