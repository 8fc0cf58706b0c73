package deploy_test

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/registry"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// allowed is what may travel for that many bytes of changed layers.
func allowed(layers int64) int64 { return layers*105/100 + 64<<10 }

// transfers are the tests of one server after the other, and the engines for which
// each is; none is all of them.
var transfers = []struct {
	name    string
	test    func(*transfer)
	engines []string
}{
	{"only missing layers travel", (*transfer).onlyMissingLayersTravel, nil},
	{"a pull is taken up after a connection was lost", (*transfer).isTakenUp, nil},
	{"a pull goes on where its connection broke", (*transfer).goesOn, []string{"20.10", "26-containerd"}},
	{"an archive has missing layers only", (*transfer).archiveHasMissingLayers, nil},
	{"an archive is whole where the base is not", (*transfer).archiveIsWhole, nil},
	{"what an engine saves travels as what it pushes", (*transfer).savedTravelsAsPushed, nil},
	{"an interrupted push leaves no name", (*transfer).interruptedPush, []string{"20.10"}},
	{"another image at the registry's address is not taken", (*transfer).anotherImage, []string{"26"}},
	{"an engine says whether it reaches the registry", (*transfer).saysWhetherReached, []string{"20.10"}},
}

func TestImagesReachAServersEngine(t *testing.T) {
	t.Parallel()
	for version := range drivers {
		t.Run("engine "+version, func(t *testing.T) {
			t.Parallel()
			begin := func(t *testing.T) *transfer { return newTransfer(t, version) }
			if version != "26-containerd" { // whose store takes what was just pruned for there
				begin = newTransfer(t, version).anew
			}
			for _, one := range transfers {
				if one.engines == nil || slices.Contains(one.engines, version) {
					t.Run(one.name, func(t *testing.T) { one.test(begin(t)) })
				}
			}
		})
	}
}

// A run has an address and a password of its own; what it sends must not
// depend on that.
func (x *transfer) onlyMissingLayersTravel() {
	first := x.image("lab/service:1", "1", 20<<20)
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
	x.server.Docker("run", "--rm", x.release("r2").Tag(), "oneshot")
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
	var names []byte
	stacktest.Eventually(x.t, "images are listed, which a containerd store does not while another test removes one", func() (listed bool) {
		var err error
		names, err = exec.Command("docker", "images", "--format", "{{.Repository}}:{{.Tag}} {{.Digest}}").Output()
		return err == nil
	})
	if strings.Contains(string(names), "/"+x.project+"/") {
		x.t.Errorf("this engine still has a name of the registry:\n%s", names)
	}
}

// An engine throws away what it has of an image of which it does not get the
// rest, so it gets a large one in steps.
func (x *transfer) isTakenUp() {
	s := x.serve()
	image := x.push(s, x.image("lab/service:1", "1", 20<<20, 10<<20, 10<<20), "r1")
	large := image.Layers[len(image.Layers)-3].Bytes
	all := registry.Missing(image, nil)

	ctx, cancel := context.WithCancel(x.t.Context())
	x.tunnel.broke.Store(cancel) // as who holds the connection does
	x.tunnel.left.Store(all - large/2)
	err := s.Pull(ctx, x.remote, atServer, image, x.release("r1"), nil, func(current, total int64) {
		if total != all || current > total {
			x.t.Errorf("%d of %d bytes are said to be there, of %d", current, total, all)
		}
	})
	if !errors.Is(err, context.Canceled) {
		x.t.Fatalf("the pull ends with %v", err)
	}
	x.tunnel.mend()
	x.tunnel.came.Store(0)
	var most int64
	err = s.Pull(x.t.Context(), x.remote, atServer, image, x.release("r1"), x.there(), func(current, _ int64) { most = current })
	if came := x.tunnel.came.Load(); err != nil || came > allowed(all-large) || most > all-large {
		x.t.Errorf("%d bytes came, %d of them of layers, after a break with %d of %d (%v)", came, most, large, all, err)
	}
	x.hasNamesOf("r1")
}

// An engine asks for the rest of a blob, if the registry can give that.
func (x *transfer) goesOn() {
	s := x.serve()
	image := x.push(s, x.image("lab/service:1", "1", 16<<20), "r1")
	x.tunnel.mends.Store(true)
	x.tunnel.left.Store(12 << 20)
	x.pull(s, image, "r1")
	if came, want := x.tunnel.came.Load(), registry.Missing(image, nil); x.tunnel.left.Load() < 1<<40 || came > allowed(want) {
		x.t.Errorf("%d bytes came over a connection that broke once, the image has %d", came, want)
	}
	x.hasNamesOf("r1")
}

// What a server has that refuses tunnels comes through its engine's socket
// alone. It is the same image, and what came by a pull counts as there.
func (x *transfer) archiveHasMissingLayers() {
	s := x.serve()
	base := x.image("lab/service:1", "1", 4<<20)
	first, second := x.push(s, base, "r1"), x.push(s, x.image(base, "2", 100_000), "r2")
	x.load(s, first, "r1")
	if total, want := x.load(s, second, "r2"), second.Layers[len(second.Layers)-1].Bytes; total > allowed(want) {
		x.t.Errorf("%d bytes were sent for a layer of %d", total, want)
	}
	x.hasNamesOf("r1", "r2")
	x.server.Docker("rm", x.server.Docker("create", x.release("r2").Tag())[:12])

	x.pull(s, x.push(s, x.image("lab/service:2", "3", 4<<20), "r3"), "r3")
	third := x.push(s, x.image(x.project+":3", "4", 100_000), "r4")
	if total, want := x.load(s, third, "r4"), third.Layers[len(third.Layers)-1].Bytes; total > allowed(want) {
		x.t.Errorf("%d bytes were sent for a layer of %d upon a base that was pulled", total, want)
	}
	x.server.Exec("sh", "-c", "docker save "+x.release("r4").Tag()+" >/tmp/r4.tar") // which needs all of it
}

// The images that a store lists may not be there in full: here they are made
// up.
func (x *transfer) archiveIsWhole() {
	s := x.serve()
	source := x.image("lab/service:1", "1", 1000)
	image := x.push(s, source, "r1")
	said, _, err := x.local.ImageConfig(x.t.Context(), source)
	if err != nil {
		x.t.Fatal(err)
	}
	if err := s.Load(x.t.Context(), x.remote, image, x.release("r1"), []docker.ImageConfig{{Layers: said.Layers[:1]}}, nil); err != nil {
		x.t.Fatal(err)
	}
	x.hasNamesOf("r1")
	x.server.Docker("rm", x.server.Docker("create", x.release("r1").Tag())[:12])
}

// What an engine saves is the same image, in whichever form: of 20.10 or of 26,
// which keeps here what it got from the first.
func (x *transfer) savedTravelsAsPushed() {
	s := x.serve()
	source := x.image("lab/service:1", "1", 1<<20, 1000)
	image := x.save(s, x.local, source, "r1")
	if pushed := x.push(s, source, "pushed"); pushed.Config != image.Config {
		x.t.Errorf("saved is %s, pushed %s", image.Config, pushed.Config)
	}
	x.pull(s, image, "r1")
	again := x.save(s, x.remote, x.release("r1").Tag(), "r2")
	if again.Config != image.Config || len(again.Layers) != len(image.Layers) {
		x.t.Errorf("saved by the server is %+v, by this engine %+v", again, image)
	}
	x.load(s, x.save(s, x.local, x.image(source, "3", 1000), "r3"), "r3")
	x.server.Docker("rm", x.server.Docker("create", x.release("r3").Tag())[:12])
	x.hasNamesOf("r1", "r3")
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

func (x *transfer) interruptedPush() {
	s := x.serve()
	ctx, cancel := context.WithCancelCause(x.t.Context())
	interrupt := context.Canceled
	_, err := s.Push(ctx, x.local, x.image("lab/service:1", "1", 16<<20), x.release("r1"), "", func(current, total int64) { cancel(interrupt) })
	if err != interrupt { //nolint:errorlint // the cause itself, as every run's end is
		x.t.Errorf("the push ends with %v", err)
	}
	x.hasNamesOf()
}

func (x *transfer) anotherImage() {
	s := x.serve()
	image := x.push(s, x.image("lab/service:1", "1", 1000), "r1")
	x.push(s, x.image("lab/service:1", "2", 1000), "r1")
	err := s.Pull(x.t.Context(), x.remote, atServer, image, x.release("r1"), nil, nil)
	if err == nil || !strings.Contains(err.Error(), image.Config) {
		x.t.Errorf("the pull ends with %v", err)
	}
	x.hasNamesOf()
}

func (x *transfer) saysWhetherReached() {
	s := x.serve()
	for engine, address := range map[*docker.Client]string{x.local: s.Addr(), x.remote: atServer} {
		if !s.Reached(x.t.Context(), engine, address) {
			x.t.Errorf("%s is not reached", address)
		}
	}
	x.tunnel.left.Store(0)
	if s.Reached(x.t.Context(), x.remote, atServer) {
		x.t.Error("what breaks every connection is reached")
	}
}
