package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/internal/bake"
	"github.com/infinitescribe/spellbook/internal/buildlog"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Result is what became of one build.
type Result struct {
	Steps  []buildlog.Step
	Failed *report.BuildFailed
	id     string
	Took   time.Duration
	size   int64 // bytes; 0 where nobody asked
}

// Results are those of a run, by the build's name.
type Results struct {
	mu  sync.Mutex
	all map[string]*Result
}

// Of is the result of the build called name; nil where it was not made.
func (m *Results) Of(name string) *Result {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[string]*Result{}
	}
	if m.all[name] == nil {
		m.all[name] = &Result{}
	}
	return m.all[name]
}

// Make has BuildKit make one image without a name, and names it once it is
// certain that it is of what its key says.
func (b *Operation) Make(ctx context.Context, a plan.BuildImage, note func(engine.Note)) error {
	if err := b.checkSecrets(append([]plan.Build{a.Build}, a.Others...)); err != nil {
		return err
	}
	m, began := b.Made.Of(a.Build.Name), b.Run.Now()
	target := b.labelled(ctx, a.Build)
	if !a.Registry { // no attestation: a containerd store would hold it, and give each build another ID for it
		target.Tags, target.Provenance, target.SBOM = nil, "false", ""
	}
	log := buildlog.New(note)
	var id string
	after, err := b.send(ctx, append([]plan.Build{target}, a.Others...), func(builds []plan.Build) (err error) {
		id, err = b.bake(ctx, builds, a.Registry, log)
		return err
	})
	m.Steps, m.Took = log.Steps(), b.Run.Now().Sub(began)
	if err != nil {
		if after != nil {
			return b.buildFailure(a.Build, m, log, err)
		}
		return err
	}
	if err := b.verifyInputs(a.Build, after); err != nil {
		return errors.Join(err, b.Client.RemoveNameless(ctx, id))
	}
	m.id = id
	if !a.Registry {
		if err := execute.Each(ctx, a.Build.Tags, func(ctx context.Context, name string) error { return b.Client.Tag(ctx, id, name) }); err != nil {
			return err
		}
		m.size, _ = b.Client.ImageBytes(ctx, a.Build.Tags[0]) // for the report alone
	}
	note(engine.Note{Text: stepsText(log), Lasting: true})
	r := b.Records[a.Build.Name]
	r.Image = id
	b.Run.NoteUnsaved(b.saveRecord(a.Build.Name, r)) // the image is made all the same
	return nil
}

// bake runs BuildKit on the first of builds and returns the image's ID.
func (b *Operation) bake(ctx context.Context, builds []plan.Build, registry bool, log io.Writer) (string, error) {
	file, err := bake.File(builds)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "spellbook-build-")
	if err != nil {
		return "", fmt.Errorf("build image: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	metadata := filepath.Join(dir, "metadata.json")
	o := bake.Options{Target: builds[0].Name, Builds: builds, Builder: b.builder.Name, Driver: b.builder.Driver,
		Output: "load", Metadata: metadata}
	if registry {
		o.Output = "registry"
	}
	err = local.Run(ctx, local.Command{Argv: bake.Argv(o), Dir: b.Layout.Root, Env: append(b.Environ[:len(b.Environ):len(b.Environ)], b.secrets(builds)...),
		Stdin: bytes.NewReader(file), Stdout: io.Discard, Stderr: log})
	if err != nil {
		return "", err
	}
	return imageID(metadata, builds[0].Name)
}

// imageID reads what bake tells of a target: the image's configuration is its
// ID, but for containerd's image store, where the manifest is.
func imageID(metadata, target string) (string, error) {
	data, err := os.ReadFile(metadata)
	if err != nil {
		return "", fmt.Errorf("read what was built: %w", err)
	}
	var told map[string]map[string]any
	if err := json.Unmarshal(data, &told); err != nil {
		return "", fmt.Errorf("read what was built: %w", err)
	}
	for _, key := range []string{"containerimage.config.digest", "containerimage.digest"} {
		if id, ok := told[target][key].(string); ok && id != "" {
			return id, nil
		}
	}
	return "", fmt.Errorf("read what was built: buildx tells no digest of %s", target)
}

// verifyInputs makes sure that the image is of what its key says: a file may have
// been written while it was built.
func (b *Operation) verifyInputs(one plan.Build, after *again) error {
	if after.err != nil {
		return after.err
	}
	old, now := b.Records[one.Name], after.Records[one.Name]
	if old.Key == now.Key {
		return nil
	}
	what := image.Summary(image.Explain(old, now))
	if b.planOptions().Spread(one) { // only the builder can push these, and it has
		return failure.New(failure.Preflight, "build %s: %s while it was built, so %s is not what its key says", image.Repository(one), what, one.Tags[0]).
			WithHint("mage %s -force -push=%s pushes it anew", b.target(), b.Options.Push)
	}
	return failure.New(failure.Preflight, "build %s: %s while it was built, so its image got no name", image.Repository(one), what).
		WithHint("mage %s builds it anew", b.target())
}

// stepsText sums a build up.
func stepsText(log *buildlog.Log) string {
	_, cached, total := log.Counts()
	if total == 1 {
		return fmt.Sprintf("1 step, %d cached", cached)
	}
	return fmt.Sprintf("%d steps, %d cached", total, cached)
}

// labelled is a build with the labels and the time of the commit that it is of.
func (b *Operation) labelled(ctx context.Context, one plan.Build) plan.Build {
	of := b.commit(ctx, one)
	labels := map[string]string{docker.LabelProject: b.Project.Name, docker.LabelBuild: one.Name}
	set := func(name, value string) {
		if value != "" {
			labels["org.opencontainers.image."+name] = value
		}
	}
	set("revision", of.revision)
	set("source", of.source)
	if of.time > 0 {
		set("created", time.Unix(of.time, 0).UTC().Format(time.RFC3339))
	}
	maps.Copy(labels, one.Labels)
	one.Labels, one.Epoch = labels, of.time
	return one
}
