package deploy_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/registry"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// allowed is what may travel for that many bytes of changed layers.
func allowed(layers int64) int64 { return layers*105/100 + 64<<10 }

// A run has an address and a password of its own; what it sends must not
// depend on that.
func TestOnlyMissingLayersTravel(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"20.10", "26", "26-containerd"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			x := newTransfer(t, version)
			x.transfersTwoReleases()
		})
	}
}

func (x *transfer) transfersTwoReleases() {
	first := x.image("lab/python:3.11", "1", 20<<20)
	second := x.image(first, "2", 100_000)

	s := x.serve()
	image := x.push(s, first, "r1")
	x.pull(s, image, "r1")
	_ = s.Close()

	s = x.serve()
	next := x.push(s, second, "r2")
	changed := next.Layers[len(next.Layers)-1].Bytes
	if want := x.missing(next); want != changed+next.Overhead {
		x.t.Errorf("%d bytes are said to be missing, the layer has %d, what describes it %d", want, changed, next.Overhead)
	}
	if sent := x.pull(s, next, "r2"); sent < changed || sent > allowed(changed) {
		x.t.Errorf("%d bytes were sent for a layer of %d", sent, changed)
	} else {
		x.t.Logf("%d bytes sent, the layer has %d", sent, changed)
	}
	if want := x.missing(next); want != 0 {
		x.t.Errorf("%d bytes are said to be missing of what is there", want)
	}
	if sent := x.pull(s, next, "r2"); sent > 64<<10 {
		x.t.Errorf("%d bytes were sent of what is there", sent)
	}
	x.hasNamesOf("r1", "r2")
	x.server.Docker("run", "--rm", x.release("r2").Tag(), "true")
}

func (x *transfer) missing(image registry.Image) int64 {
	x.t.Helper()
	return registry.Missing(image, x.there())
}

// there is what the server's engine has.
func (x *transfer) there() []docker.ImageConfig {
	x.t.Helper()
	there, err := x.remote.ImageConfigs(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	return there
}

// hasNamesOf fails the test unless both engines have the names that stay, and
// none of a registry.
func (x *transfer) hasNamesOf(releases ...string) {
	x.t.Helper()
	var want []string
	for _, one := range releases {
		want = append(want, x.release(one).Tag())
	}
	list := strings.Fields(x.server.Docker("images", "--format", "{{.Repository}}:{{.Tag}}"))
	if len(list) != len(want) {
		x.t.Errorf("the server has %q, want %q", list, want)
	}
	for _, one := range want {
		if !strings.Contains(strings.Join(list, " "), one) {
			x.t.Errorf("the server has %q, want %q", list, want)
		}
		if digests := x.server.Docker("image", "inspect", "--format", "{{.RepoTags}} {{.RepoDigests}}", one); strings.Contains(digests, atServer) {
			x.t.Errorf("%s is still known as %s", one, digests)
		}
	}
	if names := stacktest.Docker(x.t, "images", "--format", "{{.Repository}}:{{.Tag}} {{.Digest}}"); strings.Contains(names, "/"+x.project+"/") {
		x.t.Errorf("this engine still has a name of the registry:\n%s", names)
	}
}

// An engine throws away what it has of an image of which it does not get the
// rest, so it gets a large one in steps.
func TestAPullIsTakenUpAfterAConnectionWasLost(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"20.10", "26", "26-containerd"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			x := newTransfer(t, version)
			s := x.serve()
			image := x.push(s, x.image("lab/service:1", "1", 20<<20, 10<<20, 10<<20), "r1")
			large := image.Layers[len(image.Layers)-3].Bytes
			all := registry.Missing(image, nil)

			ctx, cancel := context.WithCancel(t.Context())
			x.tunnel.broke = cancel // as who holds the connection does
			x.tunnel.left.Store(all - large/2)
			err := s.Pull(ctx, x.remote, atServer, image, x.release("r1"), nil, func(current, total int64) {
				if total != all || current > total {
					t.Errorf("%d of %d bytes are said to be there, of %d", current, total, all)
				}
			})
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("the pull ends with %v", err)
			}
			x.tunnel.mend()
			x.tunnel.came.Store(0)
			var most int64
			err = s.Pull(t.Context(), x.remote, atServer, image, x.release("r1"), x.there(), func(current, _ int64) { most = current })
			if came := x.tunnel.came.Load(); err != nil || came > allowed(all-large) || most > all-large {
				t.Errorf("%d bytes came, %d of them of layers, after a break with %d of %d (%v)", came, most, large, all, err)
			}
			x.hasNamesOf("r1")
		})
	}
}

// An engine asks for the rest of a blob, if the registry can give that.
func TestAPullGoesOnWhereItsConnectionBroke(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"20.10", "26-containerd"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			x := newTransfer(t, version)
			s := x.serve()
			image := x.push(s, x.image("lab/service:1", "1", 16<<20), "r1")
			x.tunnel.mends.Store(true)
			x.tunnel.left.Store(12 << 20)
			x.pull(s, image, "r1")
			if came, want := x.tunnel.came.Load(), registry.Missing(image, nil); x.tunnel.left.Load() < 1<<40 || came > allowed(want) {
				t.Errorf("%d bytes came over a connection that broke once, the image has %d", came, want)
			}
			x.hasNamesOf("r1")
		})
	}
}

// What a server has that refuses tunnels comes through its engine's socket
// alone. It is the same image, and what came by a pull counts as there.
func TestAnArchiveHasMissingLayersOnly(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"20.10", "26", "26-containerd"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			x := newTransfer(t, version)
			s := x.serve()
			base := x.image("lab/service:1", "1", 4<<20)
			first, second := x.push(s, base, "r1"), x.push(s, x.image(base, "2", 100_000), "r2")
			x.load(s, first, "r1")
			if total, want := x.load(s, second, "r2"), second.Layers[len(second.Layers)-1].Bytes; total > allowed(want) {
				t.Errorf("%d bytes were sent for a layer of %d", total, want)
			}
			x.hasNamesOf("r1", "r2")
			x.server.Docker("rm", x.server.Docker("create", x.release("r2").Tag())[:12])

			x.pull(s, x.push(s, x.image("lab/service:2", "3", 4<<20), "r3"), "r3")
			third := x.push(s, x.image(x.project+":3", "4", 100_000), "r4")
			if total, want := x.load(s, third, "r4"), third.Layers[len(third.Layers)-1].Bytes; total > allowed(want) {
				t.Errorf("%d bytes were sent for a layer of %d upon a base that was pulled", total, want)
			}
			x.server.Exec("sh", "-c", "docker save "+x.release("r4").Tag()+" >/tmp/r4.tar") // which needs all of it
		})
	}
}

// The images that a store lists may not be there in full: here they are made
// up.
func TestAnArchiveIsWholeWhereTheBaseIsNot(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"20.10", "26", "26-containerd"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			x := newTransfer(t, version)
			s := x.serve()
			source := x.image("lab/service:1", "1", 1000)
			image := x.push(s, source, "r1")
			said, _, err := x.local.ImageConfig(t.Context(), source)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Load(t.Context(), x.remote, image, x.release("r1"), []docker.ImageConfig{{Layers: said.Layers[:1]}}, nil); err != nil {
				t.Fatal(err)
			}
			x.hasNamesOf("r1")
			x.server.Docker("rm", x.server.Docker("create", x.release("r1").Tag())[:12])
		})
	}
}

// What an engine saves is the same image, in whichever form: of 20.10 or of 26,
// which keeps here what it got from the first.
func TestWhatAnEngineSavesTravelsAsWhatItPushes(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"20.10", "26", "26-containerd"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			x := newTransfer(t, version)
			s := x.serve()
			source := x.image("lab/service:1", "1", 1<<20, 1000)
			image := x.save(s, x.local, source, "r1")
			if pushed := x.push(s, source, "pushed"); pushed.Config != image.Config {
				t.Errorf("saved is %s, pushed %s", image.Config, pushed.Config)
			}
			x.pull(s, image, "r1")
			again := x.save(s, x.remote, x.release("r1").Tag(), "r2")
			if again.Config != image.Config || len(again.Layers) != len(image.Layers) {
				t.Errorf("saved by the server is %+v, by this engine %+v", again, image)
			}
			x.load(s, x.save(s, x.local, x.image(source, "3", 1000), "r3"), "r3")
			x.server.Docker("rm", x.server.Docker("create", x.release("r3").Tag())[:12])
			x.hasNamesOf("r1", "r3")
		})
	}
}

func (x *transfer) save(s *registry.Server, from *docker.Client, source, id string) registry.Image {
	x.t.Helper()
	image, err := s.Save(x.t.Context(), from, source, x.release(id))
	if err != nil {
		x.t.Fatal(err)
	}
	return image
}

// load returns how many bytes the server's engine was sent.
func (x *transfer) load(s *registry.Server, image registry.Image, id string) (sent int64) {
	x.t.Helper()
	if err := s.Load(x.t.Context(), x.remote, image, x.release(id), x.there(), func(current, _ int64) { sent = current }); err != nil {
		x.t.Fatal(err)
	}
	return sent
}

func TestAnInterruptedPushLeavesNoName(t *testing.T) {
	t.Parallel()
	x := newTransfer(t, "20.10")
	s := x.serve()
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupt := context.Canceled
	_, err := s.Push(ctx, x.local, x.image("lab/service:1", "1", 16<<20), x.release("r1"), "", func(current, total int64) { cancel(interrupt) })
	if err != interrupt { //nolint:errorlint // the cause itself, as every run's end is
		t.Errorf("the push ends with %v", err)
	}
	x.hasNamesOf()
}

func TestAnotherImageAtTheRegistrysAddressIsNotTaken(t *testing.T) {
	t.Parallel()
	x := newTransfer(t, "26")
	s := x.serve()
	image := x.push(s, x.image("lab/service:1", "1", 1000), "r1")
	x.push(s, x.image("lab/service:1", "2", 1000), "r1")
	err := s.Pull(t.Context(), x.remote, atServer, image, x.release("r1"), nil, nil)
	if err == nil || !strings.Contains(err.Error(), image.Config) {
		t.Errorf("the pull ends with %v", err)
	}
	x.hasNamesOf()
}

func TestAnEngineSaysWhetherItReachesTheRegistry(t *testing.T) {
	t.Parallel()
	x := newTransfer(t, "20.10")
	s := x.serve()
	for engine, address := range map[*docker.Client]string{x.local: s.Addr(), x.remote: atServer} {
		if !s.Reached(t.Context(), engine, address) {
			t.Errorf("%s is not reached", address)
		}
	}
	x.tunnel.left.Store(0)
	if s.Reached(t.Context(), x.remote, atServer) {
		t.Error("what breaks every connection is reached")
	}
}
