// Package snapshot_test has the volumes of real databases copied by a real engine: what
// is in a copy, what is never used, what goes.
package snapshot_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/snapshot"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

const image = "lab/base:bookworm"

// store is one of the real engine's, and names that nobody else has.
type store struct {
	snapshot.Store
	t      *testing.T
	client *docker.Client
	id     string
}

func newStore(t *testing.T) *store {
	t.Helper()
	id := make([]byte, 5)
	_, _ = rand.Read(id)
	c := stacktest.EngineClient(t)
	s := &store{t: t, client: c, id: hex.EncodeToString(id), Store: snapshot.Store{Engine: c, Now: time.Now, Most: 1000, MostBytes: 1 << 50}}
	t.Cleanup(func() {
		for _, digest := range []string{s.id, s.id + "b", s.id + "c"} {
			volumes, _ := c.LabelledVolumes(context.Background(), snapshot.Label+"="+digest)
			for _, v := range volumes {
				_ = c.RemoveVolume(context.Background(), v.Name)
			}
		}
	})
	return s
}

// volume makes an empty volume of the test.
func (s *store) volume(name string) string {
	s.t.Helper()
	name = "sbtest-" + s.id + "-" + name
	if _, err := s.client.MakeLabelledVolume(s.t.Context(), name, map[string]string{"sbtest": s.id}); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = s.client.RemoveVolume(context.Background(), name) })
	return name
}

// sh runs a line with a volume at /v and returns what it says.
func (s *store) sh(volume, line string) string {
	s.t.Helper()
	code, out, err := s.client.RunOnce(s.t.Context(), docker.Once{Image: image, Argv: []string{"sh", "-euc", line}, Volumes: []docker.Mount{{Name: volume, Path: "/v"}}})
	if err != nil || code != 0 {
		s.t.Fatalf("%s: code %d, %v\n%s", line, code, err, out)
	}
	return out
}

const listing = `cd /v; find . -printf '%p %y %m %U:%G %l %TY-%Tm-%Td %n\n' | sort; cat $(find . -type f | sort)`

func TestACopyIsWhatTheVolumeWas(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	from, other, to, also := s.volume("from"), s.volume("other"), s.volume("to"), s.volume("also")
	s.sh(from, `cd /v; echo text >a; echo hidden >.b; mkdir -m 700 d; echo deep >d/c; ln -s a link; ln a hard; chown -R 70:71 d; chmod 4755 a; touch -d 2001-02-03 a; chown 70:71 .; chmod 700 .`)
	s.sh(other, "echo other >/v/x")
	s.sh(to, "echo stale >/v/stale; mkdir /v/.stale")
	made, err := s.Save(t.Context(), s.id, map[string]string{"data": from, "more": other}, []string{"migrate", "seed"}, []string{image})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(made.Held, " "); got != "migrate seed" || made.Bytes == 0 {
		t.Errorf("snapshot: %+v", made)
	}
	if err := s.Fill(t.Context(), *made, map[string]string{"data": to, "more": also}, []string{image}); err != nil {
		t.Fatal(err)
	}
	if was, is := s.sh(from, listing), s.sh(to, listing); was != is {
		t.Errorf("was\n%s\nis\n%s", was, is)
	}
	if is := s.sh(also, "cat /v/x"); is != "other\n" {
		t.Errorf("the other volume has %q", is)
	}
}

func TestACopyThatWasCutIsNeverUsed(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	from := s.volume("from")
	s.sh(from, "head -c 400M /dev/zero >/v/large")
	ctx, cut := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := s.Save(ctx, s.id, map[string]string{"data": from}, nil, []string{image})
		ended <- err
	}()
	stacktest.Eventually(t, "the copy runs", func() bool {
		list, err := s.client.Labelled(t.Context(), snapshot.Label+"="+s.id)
		return err == nil && len(list) == 1 && list[0].State == "running"
	})
	cut()
	if err := <-ended; err == nil {
		t.Error("what was cut is no error")
	}
	if one, err := s.Find(t.Context(), s.id); one != nil || err != nil {
		t.Errorf("found %+v, %v", one, err)
	}
	stacktest.Eventually(t, "nothing of it is left", func() bool {
		list, err := s.client.Labelled(t.Context(), snapshot.Label+"="+s.id)
		volumes, err2 := s.client.LabelledVolumes(t.Context(), snapshot.Label+"="+s.id)
		return errors.Join(err, err2) == nil && len(list)+len(volumes) == 0
	})
}

// A KILL leaves data of which nothing says that they are whole: they are not found, stay
// for an hour as another run may be at work on them, and then go.
func TestWhatAKillHasLeftIsNotFoundAndGoes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	left := "spellbook-snapshot-" + s.id + "-deadbeef"
	if _, err := s.client.MakeLabelledVolume(t.Context(), left, map[string]string{snapshot.Label: s.id}); err != nil {
		t.Fatal(err)
	}
	there := func() bool {
		volumes, err := s.client.LabelledVolumes(t.Context(), snapshot.Label+"="+s.id)
		if err != nil {
			t.Fatal(err)
		}
		return len(volumes) == 1
	}
	if one, err := s.Find(t.Context(), s.id); one != nil || err != nil {
		t.Errorf("found %+v, %v", one, err)
	}
	if err := s.Prune(t.Context(), ""); err != nil || !there() {
		t.Errorf("gone while it may be at work: %v", err)
	}
	s.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	// Another test's copy may be at work: only ours may look so old.
	s.Engine = only{s.client, s.id}
	if err := s.Prune(t.Context(), ""); err != nil || there() {
		t.Errorf("still there: %v", err)
	}
}

// only is an engine with the snapshots of one test.
type only struct {
	*docker.Client
	id string
}

func (o only) LabelledVolumes(ctx context.Context, label string) ([]docker.Volume, error) {
	all, err := o.Client.LabelledVolumes(ctx, label)
	var mine []docker.Volume
	for _, v := range all {
		if strings.HasPrefix(v.Labels[snapshot.Label], o.id) {
			mine = append(mine, v)
		}
	}
	return mine, err
}

// One run has found a snapshot, and another prunes it before the copy begins: the engine
// makes an empty volume then.
func TestASnapshotThatIsPrunedMeanwhileIsNotTakenForAnEmptyOne(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	from, to := s.volume("from"), s.volume("to")
	s.sh(from, "echo text >/v/a")
	s.sh(to, "echo kept >/v/kept")
	made, err := s.Save(t.Context(), s.id, map[string]string{"data": from}, nil, []string{image})
	if err != nil {
		t.Fatal(err)
	}
	volumes, _ := s.client.LabelledVolumes(t.Context(), snapshot.Label+"="+s.id)
	for _, v := range volumes {
		if err := s.client.RemoveVolume(t.Context(), v.Name); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Fill(t.Context(), *made, map[string]string{"data": to}, []string{image}); !errors.Is(err, snapshot.ErrGone) {
		t.Errorf("got %v", err)
	}
	if is := s.sh(to, "cat /v/kept"); is != "kept\n" {
		t.Errorf("the volume has %q", is)
	}
	for _, v := range volumes {
		if list := stacktest.Docker(t, "volume", "ls", "-q", "--filter", "name="+v.Name); list != "" {
			t.Errorf("left: %s", list)
		}
	}
}

func TestTheOldestGoAboveTheBounds(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	from := s.volume("from")
	s.sh(from, "head -c 3M /dev/urandom >/v/a")
	s.Engine, s.Most = only{s.client, s.id}, 2
	for _, digest := range []string{s.id, s.id + "b", s.id + "c"} {
		if _, err := s.Save(t.Context(), digest, map[string]string{"data": from}, nil, []string{image}); err != nil {
			t.Fatal(err)
		}
		// The engine knows the time of a volume to the second.
		stacktest.Eventually(t, "a second later", secondLater())
	}
	digests := func() (list string) {
		all, err := s.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			list += strings.TrimPrefix(one.Digest, s.id) + " "
		}
		return list
	}
	if got := digests(); got != "b c " {
		t.Errorf("of three, two may stay: %q", got)
	}
	s.MostBytes = 4 << 20
	if err := s.Prune(t.Context(), s.id+"b"); err != nil {
		t.Fatal(err)
	}
	if got := digests(); got != "b " {
		t.Errorf("of 6 MB, 4 may stay, and b must: %q", got)
	}
}

func secondLater() func() bool {
	began := time.Now()
	return func() bool { return time.Since(began) > 1100*time.Millisecond }
}

func TestWithoutAShellThereIsNoCopy(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	from := s.volume("from")
	_, err := s.Save(t.Context(), s.id, map[string]string{"data": from}, nil, []string{"lab/static:nonroot"})
	if !errors.Is(err, snapshot.ErrNoShell) {
		t.Errorf("got %v", err)
	}
	if _, err = s.Save(t.Context(), s.id, map[string]string{"data": from}, nil, []string{"lab/static:nonroot", image}); err != nil {
		t.Errorf("another image has one: %v", err)
	}
}
