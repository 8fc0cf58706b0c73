package e2e_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// namesakes are two repositories whose Compose files lie in deploy/ and name no
// project: Compose calls both stacks after one variable here, as it would call
// both "deploy". Theirs is up, with data; ours has a service of another name.
func namesakes(t *testing.T) (ours, theirs *stack) {
	t.Helper()
	theirs = newStack(t, store)
	theirs.file(".env", "POSTGRES_PASSWORD=one-1one\n")
	theirs.up(infra.UpOptions{}).want(t, failure.OK)
	if _, err := theirs.psql("CREATE TABLE kept (line text); INSERT INTO kept VALUES ('of the first')"); err != nil {
		t.Fatal(err)
	}
	one := *theirs
	ours = &one
	ours.dir = t.TempDir()
	ours.write("\n  web: {image: \"lab/service:1\", stop_grace_period: 0s, volumes: [\"cache:/cache\"], " + health + "}\nvolumes: {cache: }\n")
	return ours, theirs
}

// intact fails the test unless the other's stack is as it was, data included.
func (s *stack) intact(id string) {
	s.t.Helper()
	if got := s.ids()[s.name+"-db-1"]; got != id {
		s.t.Fatalf("%s-db-1 was %q and is %q", s.name, id, got)
	}
	s.keeps()
}

func TestWhatAnotherRepositoryMadeIsKeptUnlessTheProjectIsNamed(t *testing.T) {
	t.Parallel()
	ours, theirs := namesakes(t)
	id := theirs.ids()[theirs.name+"-db-1"]
	container := "container " + ours.name + "-db-1 (made from " + theirs.dir + ")"
	volume := "volume " + ours.name + "_data with its data (made from " + theirs.dir + ")"
	network := "network " + ours.name + "_default (of container " + ours.name + "-db-1)"
	hint := " -confirm=" + ours.name

	// Nothing of ours is there yet.
	ours.up(infra.UpOptions{}).want(t, failure.Preflight).says(t, "made from "+theirs.dir)
	ours.down(infra.DownOptions{}).want(t, failure.Refused).says(t, container, "mage infra:down"+hint)
	ours.down(infra.DownOptions{Volumes: true, Yes: true}).want(t, failure.Refused).says(t, container, volume, "mage infra:down -volumes"+hint)
	ours.clean(clean.Volumes, yes).want(t, failure.Refused).says(t, volume, "mage clean:volumes"+hint)
	theirs.intact(id)

	// Ours is up beside it, as Compose allows.
	ours.compose("up", "-d")
	ours.up(infra.UpOptions{}).want(t, failure.OK)
	theirs.intact(id)
	ours.down(infra.DownOptions{Volumes: true, Dry: true}).want(t, failure.OK).
		says(t, container+" is kept", volume+" is kept", network+" is kept", "remove service web", "remove volume "+ours.name+"_cache", "-remove service db", "-_data (data")
	for _, call := range []func() result{
		func() result { return ours.clean(clean.Containers, yes) },
		func() result { return ours.clean(clean.All, yes) },
		func() result { return ours.down(infra.DownOptions{}) },
	} {
		ours.compose("up", "-d")
		call().want(t, failure.OK).says(t, container+" is kept", network+" is kept")
		theirs.intact(id)
	}
	ours.compose("up", "-d")
	image := ours.builtImage("theirs")
	ours.clean(clean.Images, yes).want(t, failure.Refused).says(t, "image "+image+" (nothing says which checkout built it)")
	ours.clean(clean.Volumes, yes).want(t, failure.OK).says(t, volume+" is kept", "removed 1 container, 1 volume")
	ours.compose("up", "-d")
	ours.down(infra.DownOptions{Volumes: true, Yes: true}).want(t, failure.OK).says(t, container+" is kept", volume+" is kept", "but for what others have made")
	theirs.intact(id)
	if left := ours.belongings(); strings.Contains(left, "web") || strings.Contains(left, "_cache") || !strings.Contains(left, image) {
		t.Errorf("left:\n%s", left)
	}

	// By name.
	ours.down(infra.DownOptions{Confirm: "deploy"}).want(t, failure.Usage).says(t, ": -confirm=deploy is not the project's name", "→ -confirm="+ours.name)
	ours.named("web\n").want(t, failure.Refused)
	ours.named("\n").want(t, failure.Refused)
	theirs.intact(id)
	ours.named(ours.name+"\n").want(t, failure.OK).says(t, "not made from this checkout:\n  "+container, "-kept: ")
	theirs.up(infra.UpOptions{}).want(t, failure.OK)
	theirs.keeps()
	ours.down(infra.DownOptions{Volumes: true, Confirm: ours.name}).want(t, failure.OK)
	ours.clean(clean.Images, clean.Options{Confirm: ours.name}).want(t, failure.OK)
	if left := ours.belongings(); left != "" {
		t.Errorf("left:\n%s", left)
	}
}

// named is an infra:down on a terminal where somebody types a name.
func (s *stack) named(text string) result {
	s.t.Helper()
	return s.run(func(ctx context.Context, w *app.Run) error {
		w.In, w.InTerminal = strings.NewReader(text), true
		return infra.Down(ctx, w, infra.DownOptions{})
	})
}

// Nobody knows who made a volume that no container uses and no run has noted.
func TestAVolumeOfNobodyKnowsWhomNeedsTheName(t *testing.T) {
	t.Parallel()
	s := newStack(t, cleanStack)
	cli(t, "volume", "create", "--label", "com.docker.compose.project="+s.name, s.name+"_data")
	volume := "volume " + s.name + "_data with its data (nothing says made from where)"
	s.down(infra.DownOptions{Volumes: true, Yes: true}).want(t, failure.Refused).says(t, volume)
	s.clean(clean.Volumes, yes).want(t, failure.Refused).says(t, volume)
	if left := s.belongings(); left != s.name+"_data\n" {
		t.Errorf("left:\n%s", left)
	}
	s.clean(clean.Volumes, clean.Options{Confirm: s.name}).want(t, failure.OK).says(t, "removed 1 volume")

	// One that our containers used is ours, by Compose's own hand as well.
	s.compose("up", "-d")
	s.down(infra.DownOptions{}).want(t, failure.OK)
	s.clean(clean.Volumes, yes).want(t, failure.OK).says(t, "removed 1 volume")
}

// A container without Compose's path labels may be anybody's.
func TestAContainerThatSaysNotWhereItWasMadeIsKept(t *testing.T) {
	t.Parallel()
	s := newStack(t, lights)
	name := s.name + "-odd-1"
	cli(t, "run", "-d", "--name", name, "--label", "com.docker.compose.project="+s.name, "--label", "com.docker.compose.service=odd", "lab/service:1")
	s.down(infra.DownOptions{}).want(t, failure.Refused).says(t, "container "+name+" (nothing says made from where)")
	s.up(infra.UpOptions{}).want(t, failure.Preflight).says(t, "nothing says made from where (1 service running for ")
	s.compose("up", "-d")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.down(infra.DownOptions{}).want(t, failure.OK).says(t, "container "+name+" (nothing says made from where) is kept")
	if ids := s.ids(); len(ids) != 1 {
		t.Errorf("left: %v", ids)
	}
	s.down(infra.DownOptions{Confirm: s.name}).want(t, failure.OK)
}

// The name of a project that no file and no variable names is Compose's own.
func TestAProjectIsNamedAsComposeNamesIt(t *testing.T) {
	t.Parallel()
	s := newStack(t, lights)
	s.file("Deploy.Here/docker-compose.yml", "services: {web: {image: \"lab/service:1\"}}\n")
	p, err := project.Load(t.Context(), project.Layout{Root: s.dir, ComposeDir: "Deploy.Here"}, project.Options{Environ: s.env})
	if err != nil {
		t.Fatal(err)
	}
	got := cli(t, "compose", "-f", s.dir+"/Deploy.Here/docker-compose.yml", "config", "--format", "json")
	if !strings.Contains(got, `"name": "`+p.Name+`"`) || p.Name != "deployhere" {
		t.Errorf("ours is %q, Compose says\n%s", p.Name, got)
	}
	// Where nothing is left of it, Compose has none; the repository's own serves.
	root := filepath.Join(s.dir, "My Shop")
	s.file("My Shop/部署/docker-compose.yml", "services: {web: {image: \"lab/service:1\"}}\n")
	if p, err = project.Load(t.Context(), project.Layout{Root: root, ComposeDir: "部署"}, project.Options{Environ: s.env}); err != nil || p.Name != "myshop" {
		t.Fatalf("%v, %v", p, err)
	}
	cli(t, "compose", "-p", p.Name, "-f", p.Files[0], "config")
}
