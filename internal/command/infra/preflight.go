package infra

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/ownership"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Take looks at the engine, and refuses where what is there is of another
// checkout, unless it is to be taken over.
func (u *UpRun) Take(ctx context.Context) (err error) {
	if u.state, err = u.Observe(ctx); err != nil {
		return err
	}
	u.before = u.state
	makers := u.MakersOf(ctx, u.state)
	others := makers.InTheWay(u.Project, u.state)
	u.state, u.taken = makers.Planned(u.Project, u.state), nil
	if len(others) == 0 {
		return nil
	}
	if err := u.adopt(ctx, load.ForeignStack(u.Session, makers.Origins(others)), gone(makers, others)); err != nil {
		return err
	}
	u.taken = map[string]string{}
	for _, c := range others {
		u.taken[c.Service] = makers[c.ID].String()
	}
	return nil
}

// adopt refuses to take over what is another's, unless the user has said so,
// or says on a terminal that it is his own, moved.
func (u *UpRun) adopt(ctx context.Context, refusal *failure.Error, moved bool) error {
	switch {
	case u.Options.Adopt:
		return nil
	case moved && u.Run.InTerminal && !u.Options.Dry:
		if err := u.Run.Confirm(ctx, refusal.Message+".\nIs it this checkout, moved, to be taken over with its volumes", false); err != nil {
			return err
		}
		u.Options.Adopt = true
		return nil
	}
	return refusal
}

// volumesFree refuses to use volumes that are noted as another checkout's,
// where no container of ours says otherwise.
func (u *UpRun) volumesFree(ctx context.Context) error {
	if len(u.state.Containers) > 0 || !u.Checkout(ctx).Shared() {
		return nil
	}
	makers, err := u.VolumeMakers(ctx)
	if err != nil {
		return err
	}
	groups, all := map[string][]string{}, true
	for name, m := range makers {
		if m.Whose == ownership.Others && u.Project.HasVolume(name) {
			groups[m.String()] = append(groups[m.String()], name)
			all = all && m.Gone
		}
	}
	if len(groups) == 0 {
		return nil
	}
	var lines []string
	for _, from := range slices.Sorted(maps.Keys(groups)) {
		lines = append(lines, fmt.Sprintf("%s (its data in %s)", from, strings.Join(slices.Sorted(slices.Values(groups[from])), ", ")))
	}
	return u.adopt(ctx, load.ForeignStack(u.Session, lines), all)
}

// gone: all of it was made from directories that are no more.
func gone(makers infra.Makers, list []observe.Container) bool {
	return !slices.ContainsFunc(list, func(c observe.Container) bool { return !makers[c.ID].Gone })
}

// look finds out, at once, all that costs more than a container list: images
// that are missing, what Compose would label each service with, and what could
// be in the way.
func (u *UpRun) look(ctx context.Context) (facts observe.Facts, err error) {
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	before := u.state
	p.Go(func(ctx context.Context) (err error) {
		if u.state.Missing, err = observe.MissingImages(ctx, u.Client, u.Project); err == nil {
			u.state.Unknown = observe.UnknownImages(ctx, u.Client, u.Project, u.state.Missing)
		}
		return err
	})
	p.Go(func(ctx context.Context) error {
		u.state.Networks, u.state.OnNetwork = observe.Networks(ctx, u.Client, func(list []observe.Network) bool { return infra.Duplicated(u.Project, list) })
		return nil
	})
	if len(before.Containers) > 0 {
		p.Go(func(ctx context.Context) (err error) {
			u.state.Hashes, err = u.hashes(ctx)
			return err
		})
	}
	p.Go(func(ctx context.Context) (err error) {
		facts, err = observe.Preflight(ctx, u.Client, u.Project, before, func(ctx context.Context, argv []string) (string, error) {
			return load.ComposeVersion(ctx, u.Session, argv)
		})
		return err
	})
	return facts, p.Wait()
}

// preflight stops before anything is touched if something is in the way, and
// warns of what is not.
func (u *UpRun) preflight(facts observe.Facts) error {
	if err := infra.Preflight(u.Project, u.state, facts); err != nil {
		return err
	}
	u.WarnOfModel()
	for _, text := range infra.Warnings(u.Project, u.state, facts) {
		u.Run.Warn(text)
	}
	return nil
}

// validate asks the plugins whose values are not those of the last run that
// went well what they find wrong with them, all at once.
func (u *UpRun) validate(ctx context.Context) error {
	asked := pool.New().WithErrors().WithFirstError()
	for _, f := range u.Project.Fragments() {
		p, ok := u.Plugins.Plugin(f.Plugin)
		if ok && u.changed(f) {
			asked.Go(func() error { return u.validateOne(ctx, p) })
		}
	}
	return asked.Wait()
}

func (u *UpRun) changed(f project.Fragment) bool {
	digest, enabled := u.digests.Plugins[f.Plugin]
	return enabled && u.state.Last.Digests.Plugins[f.Plugin] != digest
}

func (u *UpRun) validateOne(ctx context.Context, p *pluginhost.Plugin) error {
	config, _ := plugins.Values(p, u.Plugins.File, u.Plugins.Shell)
	found, err := u.Plugins.Session().Validate(ctx, p, config)
	if err != nil {
		return err
	}
	for _, d := range found {
		if d.Warning {
			plugins.PrintLine(u.Run, pluginhost.Line{Plugin: p.Manifest.Name, Level: "warn", Message: d.Summary})
		}
	}
	return plugins.Diagnostics(p.Manifest.Name, found)
}

// CheckMajor refuses a database's image of another major version than that of the
// files in its container's volumes, of which it keeps any; volumes are the names of
// those that it would have, ref and image its name and its configuration.
func CheckMajor(ctx context.Context, c *docker.Client, kind infra.Client, service, container, ref string, image docker.ImageConfig, volumes []string) error {
	in, err := c.Inside(ctx, container)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(in.Volumes, func(name string) bool { return slices.Contains(volumes, name) }) {
		return nil
	}
	data := kind.Major(in.Environ, "")
	if file := kind.DataFile(in.Environ); file != "" {
		text, err := c.FileIn(ctx, container, file)
		if err != nil {
			return err
		}
		data = kind.Major(nil, ":"+text)
	}
	return kind.WrongMajor(service, data, kind.Major(image.Environ, ref))
}

// majors refuses what would not start on the data that it has. An image that is not
// here yet is known by its name alone.
func (u *UpRun) majors(ctx context.Context) error {
	for _, name := range u.Project.Services() {
		kind, known := infra.DatabaseOf(u.Project, name)
		have := u.state.Containers[name]
		if !known || len(have) == 0 {
			continue
		}
		ref := u.Project.Model.Services[name].Image
		image, _, err := u.Client.ImageConfig(ctx, ref)
		if err != nil || image.ID == have[0].ImageID {
			continue // Compose says what is wrong with it
		}
		if err := CheckMajor(ctx, u.Client, kind, name, have[0].ID, ref, image, infra.VolumesOf(u.Project, name, u.Project.Name)); err != nil {
			return err
		}
	}
	return nil
}

// tellStale says what runs with something else than the files have now, and what to
// do about it: each run does, and not only the one that finds it. What Compose has
// told in this run of volumes is not told again.
func (u *UpRun) tellStale(ctx context.Context, s observe.State, volumes bool) {
	lines := infra.Remounted(u.Project, s)
	if kept := s.Last.Volumes; volumes && len(kept) > 0 {
		times, err := u.Client.VolumeTimes(ctx)
		for _, name := range slices.Sorted(maps.Keys(kept)) {
			if err == nil && times[name].Equal(kept[name].Created) {
				lines = append(lines, kept[name].Text)
			}
		}
	}
	for _, line := range lines {
		u.Run.Tell("warning: %s", line)
	}
}
