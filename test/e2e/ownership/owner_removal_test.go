package ownership_test

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
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// namesakes are two repositories whose Compose files lie in deploy/ and name no
// project: Compose calls both stacks after one variable here, as it would call
// both "deploy". Theirs is up, with data; ours has a service of another name.
func namesakes(t *testing.T) (ours, theirs *stack) {
	t.Helper()
	theirs = newStack(t, store)
	theirs.File(".env", "POSTGRES_PASSWORD=one-1one\n")
	theirs.Up(infra.UpOptions{}).Want(t, failure.OK)
	if _, err := theirs.psql("CREATE TABLE kept (line text); INSERT INTO kept VALUES ('of the first')"); err != nil {
		t.Fatal(err)
	}
	one := *theirs
	ours = &one
	ours.Dir = t.TempDir()
	ours.Write("\n  web: {image: \"lab/service:1\", stop_grace_period: 0s, volumes: [\"cache:/cache\"], " + stacktest.Health + "}\nvolumes: {cache: }\n")
	return ours, theirs
}

// intact fails the test unless the other's stack is as it was, data included.
func (s *stack) intact(id string) {
	s.T.Helper()
	if got := s.IDs()[s.Name+"-db-1"]; got != id {
		s.T.Fatalf("%s-db-1 was %q and is %q", s.Name, id, got)
	}
	s.keeps()
}

func TestWhatAnotherRepositoryMadeIsKeptUnlessTheProjectIsNamed(t *testing.T) {
	t.Parallel()
	ours, theirs := namesakes(t)
	id := theirs.IDs()[theirs.Name+"-db-1"]
	ours.Hide(theirs.Dir, "THEIRS")

	// Nothing of ours is there yet.
	ours.Shows("infra:up", ours.Up(infra.UpOptions{}))
	ours.Shows("infra:down", ours.Down(infra.DownOptions{}))
	ours.Shows("infra:down -volumes -yes", ours.Down(infra.DownOptions{Volumes: true, Yes: true}))
	ours.Shows("clean:volumes -yes", ours.clean(clean.Volumes, yes))
	theirs.intact(id)

	// Ours is up beside it, as Compose allows.
	ours.Compose("up", "-d")
	ours.Up(infra.UpOptions{}).Want(t, failure.OK)
	theirs.intact(id)
	ours.Shows("infra:down -volumes -dry, beside theirs", ours.Down(infra.DownOptions{Volumes: true, Dry: true}))
	for _, c := range []struct {
		name string
		call func() stacktest.Result
	}{
		{"clean:containers -yes, beside theirs", func() stacktest.Result { return ours.clean(clean.Containers, yes) }},
		{"clean:all -yes, beside theirs", func() stacktest.Result { return ours.clean(clean.All, yes) }},
		{"infra:down, beside theirs", func() stacktest.Result { return ours.Down(infra.DownOptions{}) }},
	} {
		ours.Compose("up", "-d")
		ours.weighed("web")
		ours.Shows(c.name, c.call())
		theirs.intact(id)
	}
	ours.Compose("up", "-d")
	image := ours.builtImage("theirs")
	ours.Shows("clean:images -yes, beside theirs", ours.clean(clean.Images, yes))
	ours.weighed("web")
	ours.Shows("clean:volumes -yes, beside theirs", ours.clean(clean.Volumes, yes))
	ours.Compose("up", "-d")
	ours.Shows("infra:down -volumes -yes, beside theirs", ours.Down(infra.DownOptions{Volumes: true, Yes: true}))
	theirs.intact(id)
	if left := ours.Belongings(); strings.Contains(left, "web") || strings.Contains(left, "_cache") || !strings.Contains(left, image) {
		t.Errorf("left:\n%s", left)
	}

	// By name.
	ours.Shows("infra:down -confirm=deploy", ours.Down(infra.DownOptions{Confirm: "deploy"}))
	ours.named("web\n").Want(t, failure.Refused)
	ours.named("\n").Want(t, failure.Refused)
	theirs.intact(id)
	ours.Shows("infra:down, with the name typed", ours.named(ours.Name+"\n"))
	theirs.Up(infra.UpOptions{}).Want(t, failure.OK)
	theirs.keeps()
	ours.Down(infra.DownOptions{Volumes: true, Confirm: ours.Name}).Want(t, failure.OK)
	ours.clean(clean.Images, clean.Options{Confirm: ours.Name}).Want(t, failure.OK)
	if left := ours.Belongings(); left != "" {
		t.Errorf("left:\n%s", left)
	}
}

// named is an infra:down on a terminal where somebody types a name.
func (s *stack) named(text string) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error {
		w.In, w.InTerminal = strings.NewReader(text), true
		return infra.Down(ctx, w, infra.DownOptions{})
	})
}

// Nobody knows who made a volume that no container uses and no run has noted.
func TestAVolumeOfNobodyKnowsWhomNeedsTheName(t *testing.T) {
	t.Parallel()
	s := newStack(t, cleanStack)
	stacktest.Docker(t, "volume", "create", "--label", "com.docker.compose.project="+s.Name, s.Name+"_data")
	s.Shows("infra:down -volumes -yes", s.Down(infra.DownOptions{Volumes: true, Yes: true}))
	s.Shows("clean:volumes -yes", s.clean(clean.Volumes, yes))
	if left := s.Belongings(); left != s.Name+"_data\n" {
		t.Errorf("left:\n%s", left)
	}
	s.Shows("clean:volumes -confirm=PROJECT", s.clean(clean.Volumes, clean.Options{Confirm: s.Name}))

	// One that our containers used is ours, by Compose's own hand as well.
	s.Compose("up", "-d")
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	s.Shows("clean:volumes -yes, of what we used", s.clean(clean.Volumes, yes))
}

// A container without Compose's path labels may be anybody's.
func TestAContainerThatSaysNotWhereItWasMadeIsKept(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Lights)
	name := s.Name + "-odd-1"
	stacktest.Docker(t, "run", "-d", "--name", name, "--label", "com.docker.compose.project="+s.Name, "--label", "com.docker.compose.service=odd", "lab/service:1")
	s.Shows("infra:down", s.Down(infra.DownOptions{}))
	s.Shows("infra:up", s.Up(infra.UpOptions{}))
	s.Compose("up", "-d")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Shows("infra:down, beside the odd one", s.Down(infra.DownOptions{}))
	if ids := s.IDs(); len(ids) != 1 {
		t.Errorf("left: %v", ids)
	}
	s.Down(infra.DownOptions{Confirm: s.Name}).Want(t, failure.OK)
}

// The name of a project that no file and no variable names is Compose's own.
func TestAProjectIsNamedAsComposeNamesIt(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Lights)
	s.File("Deploy.Here/docker-compose.yml", "services: {web: {image: \"lab/service:1\"}}\n")
	p, err := project.Load(t.Context(), project.Layout{Root: s.Dir, ComposeDir: "Deploy.Here"}, project.Options{Environ: s.Env})
	if err != nil {
		t.Fatal(err)
	}
	got := stacktest.Docker(t, "compose", "-f", s.Dir+"/Deploy.Here/docker-compose.yml", "config", "--format", "json")
	if !strings.Contains(got, `"name": "`+p.Name+`"`) || p.Name != "deployhere" {
		t.Errorf("ours is %q, Compose says\n%s", p.Name, got)
	}
	// Where nothing is left of it, Compose has none; the repository's own serves.
	root := filepath.Join(s.Dir, "My Shop")
	s.File("My Shop/部署/docker-compose.yml", "services: {web: {image: \"lab/service:1\"}}\n")
	if p, err = project.Load(t.Context(), project.Layout{Root: root, ComposeDir: "部署"}, project.Options{Environ: s.Env}); err != nil || p.Name != "myshop" {
		t.Fatalf("%v, %v", p, err)
	}
	stacktest.Docker(t, "compose", "-p", p.Name, "-f", p.Files[0], "config")
}
