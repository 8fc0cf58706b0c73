package image_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
)

func TestOneNameIsOfOneBuild(t *testing.T) {
	list := built(t, `
services:
  web: {image: shop/web:dev, build: ..}
  agent: {image: shop/web:dev, build: {context: .., target: agent}}
`)
	err := image.CheckNames(list)
	if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), "agent and web build shop/web:dev in different ways") {
		t.Errorf("got %v", err)
	}
	if err := image.CheckNames(list[:1]); err != nil {
		t.Errorf("one of them alone: %v", err)
	}
}

func TestASelectionFindsTheImageOfAllServices(t *testing.T) {
	p := loaded(t, `
services:
  a: {image: shop/a, build: ..}
  b: {image: shop/b, build: ..}
`)
	all, err := image.Builds(p)
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := image.Select(p, all, []string{"b"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := image.KeyTag(chosen[0], "k"), image.KeyTag(all[0], "k"); got != want || got != "shop/a:k" {
		t.Errorf("chosen alone it is looked for as %s, not as %s", got, want)
	}
}

func TestALinkedBuildCountsByItsKeyAndNotByItsName(t *testing.T) {
	b, in := sample()
	key := func(name string) string {
		b.Contexts = map[string]string{"base": image.Linked + name}
		return image.NewRecord(b, in, map[string]string{"base": "k"}).Key
	}
	if key("api") != key("web") {
		t.Error("a service more, and the key is another")
	}
}

func TestAnImageForAnotherKindOfMachineIsAnother(t *testing.T) {
	b, in := sample()
	key := func(host string, asked ...string) string {
		b.Platforms, in.Host = asked, host
		return image.NewRecord(b, in, nil).Key
	}
	if key("linux/amd64") == key("linux/arm64") {
		t.Error("two kinds of machine have one key")
	}
	if key("linux/amd64") != key("linux/arm64", "linux/amd64") {
		t.Error("it matters who asks for a platform")
	}
}

func TestPlatformsAreTheSameInAnyOrder(t *testing.T) {
	if got := image.Platforms([]string{"linux/b", "linux/a", "linux/b"}); !slices.Equal(got, []string{"linux/a", "linux/b"}) {
		t.Errorf("got %v", got)
	}
	if list := built(t, `
services:
  a: {build: {context: .., platforms: [linux/arm64, linux/amd64]}}
  b: {build: {context: .., platforms: [linux/amd64, linux/arm64]}}
`); len(list) != 1 {
		t.Errorf("%d builds", len(list))
	}
}

func TestCredentialsOfAnAddressAreNeitherKeptNorInTheKey(t *testing.T) {
	of := func(password string) image.Record {
		b, in := sample()
		where := "https://someone:" + password + "@git.example/x.git"
		b.Contexts, in.Remote = map[string]string{"x": where}, []string{where}
		return image.NewRecord(b, in, nil)
	}
	one, other := of("hunter2"), of("hunter3")
	if one.Key != other.Key {
		t.Error("another password is another key")
	}
	v := image.Judge([]plan.Build{{Name: "api", Tags: []string{"x:dev"}}}, map[string]image.Record{"api": one}, image.State{}, image.Options{})[0]
	if said := v.Cause + one.Remote[0] + one.Other["additional_contexts x"]; strings.Contains(said, "hunter2") || !strings.Contains(said, "git.example/x.git") {
		t.Errorf("it says %s", said)
	}
}
