package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/gateway"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/serverlock"
	"github.com/infinitescribe/spellbook/internal/units"
)

// Drift says what on the server no longer is what was deployed there. It looks, and
// no more.
func Drift(ctx context.Context, w *app.Run, o StatusOptions) error {
	doc := report.DeployDrift{Version: 1, Environment: o.Env, Drift: []report.Drifted{}, Notes: []string{}}
	failed := func(text string, code int) any { doc.Error, doc.ExitCode = text, code; return doc }
	return w.OneDocument(o.JSON, failed, func(w *app.Run) error {
		return looking(ctx, w, o.Env, "deploy:drift "+o.Env, func(ctx context.Context, op *operation) error {
			d := &drift{operation: op, doc: &doc}
			if err := d.find(ctx); err != nil {
				return err
			}
			var err error
			if o.JSON {
				err = report.Document(w.Out, remote.Spelled(doc, w.Spell))
			} else {
				err = report.DeployDriftText(w.Format(false).Tables, doc)
			}
			if err != nil || len(doc.Drift) == 0 {
				return err
			}
			return failure.New(failure.Changes, "%s on %s", units.Plural(len(doc.Drift), "difference"), op.Settings.Host).
				WithHint("each is shown with what puts it right")
		})
	})
}

// drift is a look at a server.
type drift struct {
	*operation

	doc   *report.DeployDrift
	proxy proxy
}

func (d *drift) say(list ...deploy.Drift) {
	for _, one := range list {
		d.doc.Drift = append(d.doc.Drift, report.Drifted{Kind: string(one.Kind), Name: one.Name, Text: one.Text, Remedy: one.Remedy})
	}
}

func (d *drift) find(ctx context.Context) error {
	d.doc.Project, d.doc.Host, d.doc.Release = d.Settings.Name, d.Settings.Host, d.Seen.Current.ID
	if !d.Store.Exists() {
		d.doc.Notes = append(d.doc.Notes, "nothing was deployed yet: mage deploy:to "+d.Project.Env)
		return nil
	}
	if holder, err := serverlock.Show(ctx, d.Server, d.Store.Root); err == nil && holder != nil {
		d.doc.Notes = append(d.doc.Notes, "a run is under way: "+holder.String())
	}
	infra, err := parsed(remote.Missing(d.Store.Read(ctx, stackFile)))
	if err != nil {
		return err
	}
	application, err := d.application(ctx)
	if err != nil {
		return err
	}
	if err := d.containers(ctx, infra, application); err != nil {
		return err
	}
	files := append(infra.Files(d.Store.Path("files")), application.Files(d.Store.Path("files"))...)
	slices.Sort(files)
	for _, name := range slices.Compact(files) {
		if err := d.file(name); err != nil {
			return err
		}
	}
	return d.gateway(ctx)
}

// application is the model of the release that serves.
func (d *drift) application(ctx context.Context) (deploy.Model, error) {
	id, err := d.Store.Current(ctx)
	if err != nil || id == "" {
		return deploy.Model{}, err
	}
	if d.Seen.Current.ID == "" {
		d.say(deploy.Drift{Kind: deploy.DriftRelease, Name: id, Text: "serves, and the server does not keep it", Remedy: "mage deploy:to " + d.Project.Env})
		return deploy.Model{}, nil
	}
	return parsed(d.Store.Model(ctx, id, "app.yml"))
}

func (d *drift) containers(ctx context.Context, infra, application deploy.Model) error {
	images := map[string]string{}
	for name, s := range infra.Services {
		config, _, err := d.Engine.ImageConfig(ctx, s.Image)
		if err != nil {
			return err
		}
		images[name] = config.Content
	}
	expected := slices.Concat(infra.Expect(images), d.Seen.Current.Expect(application))
	found, err := d.found(ctx)
	if err != nil {
		return err
	}
	d.say(deploy.Drifts(expected, found, d.Project.Env)...)
	return nil
}

// releaseName is the form of a release's ID.
var releaseName = regexp.MustCompile(`^\d{8}-\d{6}-[0-9a-z]+-[0-9a-f]{8}$`)

// found are the containers that are of the project, by our labels or by Compose's.
func (d *drift) found(ctx context.Context) ([]deploy.Found, error) {
	all, err := d.Engine.Containers(ctx, "")
	if err != nil {
		return nil, err
	}
	var list []deploy.Found
	for _, c := range all {
		made := c.Labels[deploy.LabelProject] == d.Settings.Name
		if i := slices.IndexFunc(d.Seen.Kept, func(k observe.Container) bool { return k.ID == c.ID }); i >= 0 {
			c, made = d.Seen.Kept[i], true // taken over
		}
		release, of := c.Project, false
		if n := len(d.Settings.Name) + 1; len(c.Project) > n && c.Project[:n] == d.Settings.Name+"-" {
			release, of = c.Project[n:], true
		}
		if !made && c.Project != d.Settings.Name && (!of || !releaseName.MatchString(release)) {
			continue
		}
		s, err := d.Engine.Inside(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		image, _, err := d.Engine.ImageConfig(ctx, c.ImageID)
		if err != nil {
			return nil, err
		}
		list = append(list, deploy.Found{Container: containerOf(c), Name: c.Name, Made: made, Image: image.Content, Restart: s.Restart, Environment: s.Environ, ExitCode: c.ExitCode})
	}
	return list, nil
}

// file sums a file on the server again: its directory is called as it is to be.
func (d *drift) file(name string) error {
	sum := path.Dir(name)
	now, err := d.Store.Sum(name)
	remedy := fmt.Sprintf("rm -r %s, then mage deploy:to %s, and restart what has it", d.Store.Path("files", sum), d.Project.Env)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.say(deploy.Drift{Kind: deploy.DriftFile, Name: d.Store.Path("files", name), Text: "is not there", Remedy: remedy})
		return nil
	case err == nil && now != sum:
		d.say(deploy.Drift{Kind: deploy.DriftFile, Name: d.Store.Path("files", name), Text: "was changed", Remedy: remedy})
	}
	return err
}

// gateway compares its configuration with what it was made from, and the running
// gateway with that.
func (d *drift) gateway(ctx context.Context) error {
	var err error
	if d.proxy, err = d.readProxy(ctx); err != nil || len(d.proxy.Routes) == 0 {
		return err
	}
	want, err := gateway.Config(d.proxy.Routes, d.proxy.Slots, d.proxy.Options)
	if err != nil {
		return err
	}
	has, err := remote.Missing(d.Store.Read(ctx, gatewayConfig))
	if err != nil {
		return err
	}
	if string(has) != want {
		d.say(deploy.Drift{Kind: deploy.DriftConfig, Name: d.Store.Path(gatewayConfig), Text: "is not what the deployment wrote", Remedy: "the next release writes it again"})
	}
	if d.hasGateway() != nil { // told as a container
		return nil
	}
	run, err := d.runtime(ctx)
	if err != nil {
		return err
	}
	now, err := run.State(ctx)
	if err != nil {
		return err
	}
	container := fmt.Sprintf("%s-%s-1", d.Settings.Name, deploy.GatewayService)
	d.say(deploy.GatewayDrifts(d.proxy.Slots, d.proxy.Options.Maintenance, now, container)...)
	return nil
}
