package test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/internal/snapshot"
)

const shop = `
services:
  db:
    image: postgres:16
    configs: [c]
    volumes: ["data:/var/lib/postgresql/data"]
  migrate:
    image: shop:1
    command: migrate
    depends_on: [db]
  app:
    image: app:1
    depends_on: {migrate: {condition: service_completed_successfully}}
volumes: {data: {}}
configs: {c: {content: text}}
`

// beginningOf has do begin a stack of a repository, on an engine that is a value.
func beginningOf(t *testing.T, compose string, do func(ctx context.Context, b *beginning, e *commandtest.Engine)) {
	t.Helper()
	r, e := commandtest.NewEngineRepository(t)
	r.Write("compose/docker-compose.yml", compose)
	e.Images = []*commandtest.Image{{ID: "sha256:pg", Tags: []string{"postgres:16"}}, {ID: "sha256:shop", Tags: []string{"shop:1"}}, {ID: "sha256:app", Tags: []string{"app:1"}}}
	x := r.Run(func(ctx context.Context, w *app.Run) error {
		s, err := load.Open(ctx, w, load.Options{Environment: true})
		if err != nil {
			return err
		}
		defer s.Close()
		place, err := sandbox.At(w.ProjectLayout(), "one")
		if err != nil {
			return err
		}
		b := &beginning{starting: &starting{Stack: &Stack{Name: "one", Project: s.Project.Name, run: w, place: place}, session: s}, run: w, store: snapshot.Store{Engine: s.Client, Now: w.Now}}
		do(ctx, b, e)
		return nil
	})
	if x.Failed != nil {
		t.Fatal(x.Failed)
	}
}

// Between the look and the copy images are pulled and built.
func TestASnapshotOfOtherImagesIsNotFilledFrom(t *testing.T) {
	t.Parallel()
	beginningOf(t, shop, func(ctx context.Context, b *beginning, e *commandtest.Engine) {
		found, err := b.look(ctx)
		if !found || err != nil {
			t.Fatal(found, err)
		}
		digest := b.scope.Digest
		e.Volumes = []*commandtest.Volume{{Name: "kept-data", Labels: map[string]string{snapshot.Label: digest}},
			{Name: "kept", Labels: map[string]string{snapshot.Label: digest, snapshot.Label + ".data": "kept-data", snapshot.Label + ".volumes": "data"}}}
		e.Image("shop:1").ID = "sha256:built"
		err = b.Fill(ctx, plan.FillVolumes{Digest: digest, Volumes: b.scope.Volumes})
		if !errors.Is(err, errOther) || !b.again(ctx) || !b.without || !strings.Contains(b.anew, "without it") {
			t.Errorf("got %v, anew %q", err, b.anew)
		}
	})
}

func TestASnapshotThatIsGoneBeforeTheCopyIsDoneWithout(t *testing.T) {
	t.Parallel()
	beginningOf(t, shop, func(ctx context.Context, b *beginning, _ *commandtest.Engine) {
		if found, err := b.look(ctx); !found || err != nil {
			t.Fatal(found, err)
		}
		err := b.Fill(ctx, plan.FillVolumes{Digest: b.scope.Digest, Volumes: b.scope.Volumes})
		if !errors.Is(err, snapshot.ErrGone) || !b.again(ctx) || !b.without {
			t.Errorf("got %v, anew %q", err, b.anew)
		}
	})
}

// One that nobody removed by Spellbook leaves what its last run remembers.
func TestWhatRunsRememberGoesWithTheStack(t *testing.T) {
	t.Parallel()
	beginningOf(t, shop, func(ctx context.Context, b *beginning, _ *commandtest.Engine) {
		p := *b.session.Project
		p.Layout.StateDir = b.place.Dir() // as own has it
		path := observe.RecordPath(&p)
		if err := observe.WriteRecord(path, observe.Record{Version: 1, Held: []string{"migrate"}}); err != nil {
			t.Fatal(err)
		}
		if fresh, err := b.fresh(ctx); !fresh || err != nil {
			t.Fatal(fresh, err)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("migrate counts as done: %v", err)
		}
	})
}

func TestAPortOfTheStackInWhatFillsTheVolumesMakesNoSnapshot(t *testing.T) {
	t.Parallel()
	for said, c := range map[string][2]string{
		"":                          {"command: migrate", "command: migrate 25002"},
		"the command of migrate":    {"command: migrate", "command: migrate 25001"},
		"the entrypoint of migrate": {"command: migrate", "entrypoint: [migrate, --port=25001]"},
		"PORT of migrate":           {"command: migrate", "environment: {PORT: 25001}"},
		"a hook of db":              {"image: postgres:16", "image: postgres:16\n    post_start: [{command: [note, '25001']}]"},
		"config c of db":            {"content: text", "content: port 25001"},
	} {
		text := strings.Replace(shop, c[0], c[1], 1)
		beginningOf(t, text, func(ctx context.Context, b *beginning, _ *commandtest.Engine) {
			b.ports, b.record.Ports = []sandbox.Port{{Key: "db"}}, map[string]uint16{"db": 25001}
			_, err := b.look(ctx)
			if said == "" && err != nil || said != "" && (err == nil || err.Error() != said+" has a port of this stack") {
				t.Errorf("want %q, got %v", said, err)
			}
		})
	}
}
