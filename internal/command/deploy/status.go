package deploy

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/report"
)

// StatusOptions are the flags of deploy:status and deploy:history.
type StatusOptions struct {
	Env  string
	JSON bool
}

// Status says which release serves, and how each of its services is.
func Status(ctx context.Context, w *app.Run, o StatusOptions) error {
	doc := report.DeployStatus{Version: 1, Environment: o.Env, Services: []report.DeployedService{}, Dumps: []report.DeployedDump{}}
	failed := func(text string, code int) any { doc.Error, doc.ExitCode = text, code; return doc }
	return w.OneDocument(o.JSON, failed, func(w *app.Run) error {
		return with(ctx, w, o.Env, "deploy:status "+o.Env, func(ctx context.Context, op *operation) error {
			doc.Host, doc.Project = op.Settings.Host, op.Settings.Name
			proxy, err := op.readProxy(ctx)
			if err != nil {
				return err
			}
			doc.Maintenance = proxy.Options.Maintenance
			if c := proxy.Certificate; c != nil && proxy.Options.Certificate != "" {
				doc.Certificate = &report.Certificate{Names: c.Names, NotAfter: c.NotAfter, Renew: c.NotAfter.Sub(w.Now()) < deploy.RenewWithin}
			}
			if r := op.Seen.Current; r.ID != "" {
				doc.Release = op.described(r)
			}
			doc.Services = op.services()
			if doc.Dumps, err = op.Dumps(); err != nil {
				return err
			}
			if o.JSON {
				return report.Document(w.Out, doc)
			}
			return report.DeployStatusText(w.Format(false).Tables, doc, w.Now())
		})
	})
}

func (o *operation) described(r deploy.Release) *report.Release {
	return &report.Release{ID: r.ID, Created: r.Created, Commit: r.Commit, Dirty: r.Dirty, Author: r.Author}
}

// services are those of the infrastructure and of the release that serves, sorted.
func (o *operation) services() []report.DeployedService {
	list := []report.DeployedService{}
	for _, release := range []string{"", o.Seen.Current.ID} {
		for _, c := range o.Seen.Containers[release] {
			name := c.Labels[deploy.LabelService]
			health := c.Health
			if health == "" && c.State == "exited" && c.ExitCode == 0 && o.Seen.Current.Services[name].OneShot {
				health = "completed"
			}
			one := report.DeployedService{Name: name, Release: release, State: c.State, Health: health}
			if !slices.Contains(list, one) {
				list = append(list, one)
			}
		}
		if release == o.Seen.Current.ID {
			break
		}
	}
	slices.SortFunc(list, func(a, b report.DeployedService) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// History lists what was done to the server, newest first.
func History(ctx context.Context, w *app.Run, o StatusOptions) error {
	doc := report.DeployHistory{Version: 1, Environment: o.Env, Entries: []report.DeployEntry{}}
	failed := func(text string, code int) any { doc.Error, doc.ExitCode = text, code; return doc }
	return w.OneDocument(o.JSON, failed, func(w *app.Run) error {
		return with(ctx, w, o.Env, "deploy:history "+o.Env, func(ctx context.Context, op *operation) error {
			doc.Host, doc.Project = op.Settings.Host, op.Settings.Name
			entries, err := op.Store.History(ctx)
			if err != nil {
				return err
			}
			there, err := op.Store.Dumps()
			if err != nil {
				return err
			}
			for _, e := range slices.Backward(entries) {
				doc.Entries = append(doc.Entries, report.DeployEntry{Time: e.Time, Action: e.Action, Release: e.Release, From: e.From, Author: e.Author,
					Result: e.Result, Reason: e.Reason, TookMS: e.TookMS, Serves: e.Release != "" && e.Release == op.Seen.Current.ID, Kept: op.keeps(e.Release),
					Dumps: slices.DeleteFunc(append([]string{}, e.Dumps...), func(file string) bool { return !slices.Contains(there, path.Base(file)) })})
			}
			if o.JSON {
				return report.Document(w.Out, doc)
			}
			if len(doc.Entries) == 0 {
				err := w.Say("nothing was deployed to %s yet: mage deploy:to %s\n", doc.Host, o.Env)
				return err
			}
			return report.DeployHistoryTable(w.Format(false).Tables, doc)
		})
	})
}

func (o *operation) keeps(id string) bool {
	return slices.ContainsFunc(o.Seen.Releases, func(r deploy.Release) bool { return r.ID == id })
}
