package deploy_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/internal/deploy"
)

// byHand is the container of the service db as Compose makes it on a server.
func byHand() deploy.ByHand {
	c := deploy.ByHand{Env: []string{"PATH=/bin", "LEVEL=high"}, Restart: "always", Networks: []string{"shop_back", "shop_default"},
		Labels: map[string]string{"com.docker.compose.service": "db", "maintainer": "team", "tier": "data"}}
	c.Image.Env, c.Image.Labels = []string{"PATH=/bin"}, map[string]string{"maintainer": "image", "com.docker.compose.project": "builder"}
	c.Limits.Memory, c.Limits.Reserved, c.Limits.CPUs, c.Limits.PIDs = 512<<20, 64<<20, 100000000, 200
	return c
}

func TestAContainerThatRunsByHandIsComparedWithItsService(t *testing.T) {
	t.Parallel()
	p := loaded(t, `
name: shop
services:
  db:
    image: a
    environment: {LEVEL: high}
    restart: always
    labels: {maintainer: team, tier: data}
    networks: [default, back]
    mem_reservation: 64m
    deploy: {resources: {limits: {memory: 512m, cpus: "0.1", pids: 200}}}
networks: {default: {}, back: {}}
`)
	for what, change := range map[string]func(*deploy.ByHand){
		"":          func(*deploy.ByHand) {},
		"variables": func(c *deploy.ByHand) { c.Env = []string{"PATH=/bin", "LEVEL=low"} },
		"restart":   func(c *deploy.ByHand) { c.Restart = "no" },
		"networks":  func(c *deploy.ByHand) { c.Networks = []string{"shop_default"} },
		"labels":    func(c *deploy.ByHand) { c.Labels = map[string]string{"maintainer": "image", "tier": "data"} },
		"limits":    func(c *deploy.ByHand) { c.Limits.CPUs = 0 },
	} {
		c := byHand()
		c.Labels = maps.Clone(c.Labels)
		change(&c)
		want := []string{what}
		if what == "" {
			want = nil
		}
		if got := c.Differs(p, deploy.Server{Name: "shop"}, "db", true); !slices.Equal(got, want) {
			t.Errorf("it differs in %q, want %q", got, want)
		}
	}
	host := loaded(t, "name: shop\nservices:\n  db: {image: a, network_mode: host}\n")
	if got := (deploy.ByHand{Networks: []string{"shop_default"}, Restart: "no"}).Differs(host, deploy.Server{Name: "shop"}, "db", true); !slices.Equal(got, []string{"networks"}) {
		t.Errorf("off the host's network it differs in %q", got)
	}
	if got := (deploy.ByHand{Networks: []string{"host"}, Restart: "no"}).Differs(host, deploy.Server{Name: "shop"}, "db", true); len(got) > 0 {
		t.Errorf("on the host's network it differs in %q", got)
	}
}
