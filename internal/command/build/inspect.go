package build

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/bake"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/registry"
)

// baseAge is how long the digest that a registry gave for a base image is
// believed before it is asked again.
const baseAge = 24 * time.Hour

// Look finds the builds, what each is made from, and what of it is there.
func (b *Operation) Look(ctx context.Context) error {
	b.source()
	services, err := b.sections()
	if err != nil {
		return err
	}
	if err := b.Choose(services); err != nil {
		return err
	}
	said, all := b.Chosen, b.all // as the files say it, for whichever engine
	if err := b.judge(ctx); err != nil {
		return err
	}
	b.saveUpToDate(said, all)
	return nil
}

// Choose takes the builds of the services, or all that the target is for.
func (b *Operation) Choose(services []string) (err error) {
	if b.all, err = image.Builds(b.Project); err != nil {
		return err
	}
	if chosen := image.Platforms(b.Options.Platforms); len(chosen) > 0 {
		for i := range b.all {
			b.all[i].Platforms = chosen
		}
	}
	if b.For != nil {
		for i, one := range b.all {
			b.all[i].Platforms = []string{b.For(one.Services[0])}
		}
	}
	if b.Chosen, err = image.Select(b.Project, b.all, services); err != nil {
		return err
	}
	if err := image.CheckNames(b.Chosen); err != nil {
		return err
	}
	b.doubts, err = image.CheckArguments(b.Project, b.Needed())
	return err
}

// narrow leaves a section's several platforms to those who push, and who ask for
// them: an engine gets the one that it is to run, as Compose has it on `up --build`.
func (b *Operation) narrow() {
	if b.Options.Push != "" || len(b.Options.Platforms) > 0 {
		return
	}
	own := func(list []plan.Build) []plan.Build {
		list = slices.Clone(list)
		for i, one := range list {
			if own := cmp.Or(one.Runs, b.host); len(one.Platforms) > 1 && slices.Contains(one.Platforms, own) {
				list[i].Platforms = []string{own}
			}
		}
		return list
	}
	b.all, b.Chosen = own(b.all), own(b.Chosen)
}

// possible refuses early what the builder or the engine cannot hold.
func (b *Operation) possible(ctx context.Context) error {
	spread := slices.ContainsFunc(b.Chosen, func(c plan.Build) bool { return len(c.Platforms) > 1 })
	if !spread || b.Options.Push != "" && b.builder.Driver != "docker" {
		return nil
	}
	able, err := b.Client.MultiPlatform(ctx)
	if b.multi = able; err != nil || able {
		return err
	}
	if b.builder.Driver == "docker" {
		return failure.New(failure.Preflight, "the builder %q makes images of one platform only", b.builder.Name).
			WithHint("docker buildx create --use --driver docker-container, then this again with -push=REGISTRY")
	}
	return failure.New(failure.Usage, "the engine keeps one platform of an image").WithHint("add -push=REGISTRY, which can hold them all, or choose one -platform")
}

// Needed are the chosen builds and those that they are linked to.
func (b *Operation) Needed() []plan.Build {
	list := slices.Clone(b.Chosen)
	for i := 0; i < len(list); i++ {
		for _, name := range image.Links(list[i]) {
			at := slices.IndexFunc(b.all, func(one plan.Build) bool { return one.Name == name })
			if at >= 0 && !slices.ContainsFunc(list, func(one plan.Build) bool { return one.Name == name }) {
				list = append(list, b.all[at])
			}
		}
	}
	return list
}

// record finds the inputs of builds, and from them their keys.
func (b *Operation) record(ctx context.Context, builds []plan.Build) (map[string]image.Record, error) {
	var err error
	if b.host == "" {
		if b.host, err = b.Client.Platform(ctx); err != nil {
			return nil, err
		}
	}
	if b.inputs, err = observe.Builds(ctx, b.Client, builds, b.lookOptions()); err != nil {
		return nil, err
	}
	records := map[string]image.Record{}
	var of func(plan.Build, []string) error
	of = func(one plan.Build, way []string) error {
		if slices.Contains(way, one.Name) {
			return failure.New(failure.Preflight, "build contexts form a circle: %s", strings.Join(append(way, one.Name), " → ")).
				WithHint("take one of the service: contexts out of additional_contexts")
		}
		links, in := map[string]string{}, b.inputs[one.Name]
		named := image.LinkNames(one)
		for _, context := range slices.Sorted(maps.Keys(named)) {
			name := named[context]
			at := slices.IndexFunc(builds, func(other plan.Build) bool { return other.Name == name })
			if at < 0 {
				return failure.New(failure.Preflight, "build %s: there is no build %s for its additional context", one.Name, name).
					WithHint("give that service a build section")
			}
			if _, known := records[name]; !known {
				if err := of(builds[at], append(way, one.Name)); err != nil {
					return err
				}
			}
			links[context] = records[name].Key
			in.Remote = append(in.Remote, records[name].Remote...) // as unknown here as there
		}
		slices.Sort(in.Remote)
		in.Remote = slices.Compact(in.Remote)
		records[one.Name] = image.NewRecord(one, in, links)
		return nil
	}
	for _, one := range builds {
		if err := of(one, nil); err != nil {
			return nil, err
		}
	}
	return records, nil
}

func (b *Operation) lookOptions() observe.BuildOptions {
	dir := b.Layout.Path(b.Layout.StateDir, b.Project.Name)
	apart := []string{b.Layout.Path(b.Layout.StateDir)}
	for _, one := range b.all {
		for _, cache := range bake.Caches(one) {
			apart = append(apart, b.Layout.Path(cache))
		}
	}
	return observe.BuildOptions{
		Dir: b.Layout.Path(dir, "contexts"), Apart: apart, Host: b.host, Now: b.Run.Now, Short: b.Project.Short, Look: b.LoadOptions.ReadOnly,
		Bases: observe.BaseOptions{Local: b.builder.Driver == "docker", File: b.Layout.Path(dir, "bases.json"), MaxAge: baseAge,
			Now: b.Run.Now, Look: b.LoadOptions.ReadOnly, Fresh: b.Options.Force || b.fresh, Ask: b.askRegistry},
	}
}

// questionsAtOnce bounds the connections to the engine, each of which may be an
// ssh: a server turns away many at once.
const questionsAtOnce = 8

// inspect asks for the IDs of all names that the chosen images have or should have.
func (b *Operation) inspect(ctx context.Context) (image.State, error) {
	s := image.State{Engine: map[string]string{}, Names: map[string][]string{}, Registry: map[string]string{}, Last: map[string]image.Record{}}
	var mu sync.Mutex
	p := pool.New().WithMaxGoroutines(questionsAtOnce).WithContext(ctx).WithFirstError()
	for _, one := range b.Chosen {
		s.Last[one.Name] = b.lastRecord(one.Name)
		for _, ref := range append([]string{image.KeyTag(one, b.Records[one.Name].Key)}, one.Tags...) {
			p.Go(func(ctx context.Context) error {
				if b.planOptions().Spread(one) {
					remote, digest := image.Pushed(b.Options.Push, ref), ""
					if b.Options.Push != "" { // else it is in no registry that we know of
						digest = b.Client.RegistryDigest(ctx, remote)
					}
					mu.Lock()
					defer mu.Unlock()
					s.Registry[remote] = digest
					return nil
				}
				id, names, err := b.Client.ImageID(ctx, ref)
				mu.Lock()
				defer mu.Unlock()
				s.Engine[ref], s.Names[id] = id, names
				return err
			})
		}
	}
	return s, p.Wait()
}

// askRegistry is what a registry has of an image for a platform. While the name
// stands for what it stood for the last time, that is one question, unless the image's
// configuration has never been told.
func (b *Operation) askRegistry(ctx context.Context, ref, platform string, last observe.RegistryImage) (observe.RegistryImage, error) {
	now, err := registry.Find(ctx, b.Session, ref)
	if err == nil && now.Digest == last.Manifest && last.Told {
		return last, nil
	}
	var config docker.ImageConfig
	if err == nil {
		config, err = now.Config(ctx, platform)
	}
	if err != nil {
		return observe.RegistryImage{}, fmt.Errorf("ask the registry for %s: %w", ref, err)
	}
	return observe.RegistryImage{Manifest: now.Digest, Content: config.Content, Told: config.Platform != "", Env: config.Environ, OnBuild: config.OnBuild}, nil
}

func firstOf(given, otherwise []string) []string {
	if len(given) > 0 {
		return given
	}
	return otherwise
}

func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(one string) bool { return !slices.Contains(b, one) })
}

// Join lists names in a sentence.
func Join(names []string) string { return strings.Join(names, ", ") }
