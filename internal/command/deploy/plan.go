package deploy

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/registry"
	"github.com/infinitescribe/spellbook/internal/report"
)

// PlanOptions are the flags of deploy:plan.
type PlanOptions struct {
	Env      string
	JSON     bool
	ExitCode bool // 8 where anything would change
}

// Plan says what deploy:to would change, and why. It builds nothing, takes no lock
// and changes nothing on the server.
func Plan(ctx context.Context, w *app.Run, o PlanOptions) error {
	doc := emptyPlan(o.Env)
	failed := func(text string, code int) any { doc.Error, doc.ExitCode = text, code; return doc }
	return w.OneDocument(o.JSON, failed, func(w *app.Run) error {
		return looking(ctx, w, o.Env, "deploy:plan "+o.Env, func(ctx context.Context, op *operation) error {
			r := &rollout{operation: op, scope: deploy.Scope{Infra: true, App: true}}
			if err := r.prepare(ctx, true); err != nil {
				return err
			}
			t, err := r.todo(ctx)
			if err != nil {
				return err
			}
			if err := r.fits(ctx, t); err != nil {
				text, _, _ := strings.Cut(err.Error(), "\n")
				r.notes = append(r.notes, "deploy:to would refuse this: "+text)
			}
			if doc, err = r.planned(ctx, t); err != nil {
				return err
			}
			if err := r.tell(doc, o.JSON); err != nil || !o.ExitCode || !doc.Changes {
				return err
			}
			return failure.New(failure.Changes, "%s is not what would be deployed", r.Settings.Host).WithHint("mage deploy:to %s", o.Env)
		})
	})
}

func emptyPlan(env string) report.DeployPlan {
	return report.DeployPlan{Version: 1, Environment: env, Services: []report.PlannedService{}, Images: []report.PlannedImage{}, Files: []report.PlannedFile{},
		Variables: []report.PlannedVariable{}, Left: []string{}, Notes: []string{}}
}

// tell writes a plan as the document, or for people.
func (r *rollout) tell(doc report.DeployPlan, json bool) error {
	if json {
		return report.Document(r.Run.Out, doc)
	}
	return report.DeployPlanText(r.Run.Format(false).Tables, doc)
}

// show says what is to be done, with the steps that come before containers.
func (r *rollout) show(ctx context.Context, t todo) error {
	doc, err := r.planned(ctx, t)
	if err != nil {
		return err
	}
	if err := r.tell(doc, false); err != nil {
		return err
	}
	return execute.PrintPlan(r.Run, t.before)
}

// planned is the document of what is to be done.
func (r *rollout) planned(ctx context.Context, t todo) (report.DeployPlan, error) {
	doc := emptyPlan(r.Project.Env)
	doc.Project, doc.Host, doc.Path, doc.Changes = r.Settings.Name, r.Settings.Host, r.Settings.Path, !t.nothing()
	if r.from.ID != "" {
		doc.Release = r.described(r.from)
	}
	part := map[deploy.Role]string{deploy.Infra: "infrastructure", deploy.App: "application"}
	for _, c := range t.Changes {
		doc.Services = append(doc.Services, report.PlannedService{Name: c.Service, Part: part[c.Role], Action: string(c.Action), Cause: c.Cause,
			Interrupts: c.Interrupts(), Volume: c.Volume})
	}
	for _, src := range r.sources {
		if wanted := src.app && r.scope.App || src.infra && r.scope.Infra; wanted && !r.Store.HasFile(src.Source) {
			doc.Files = append(doc.Files, report.PlannedFile{Path: r.Project.Short(src.Path), Bytes: src.Bytes})
		}
	}
	doc.Left = append(doc.Left, t.Left...)
	for _, note := range slices.Concat(t.lines, r.notes) {
		doc.Notes = append(doc.Notes, r.Run.Spell(note))
	}
	if !t.nothing() {
		if err := r.plannedVariables(ctx, &doc, t); err != nil {
			return doc, err
		}
	}
	return doc, r.plannedImages(ctx, &doc, t)
}

// plannedVariables compares with the models that the server was given, and writes
// into those that it is to be given what the next comparison may show.
func (r *rollout) plannedVariables(ctx context.Context, doc *report.DeployPlan, t todo) error {
	hides, err := r.hides(ctx)
	if err != nil {
		return err
	}
	mark := func(text []byte, was deploy.Model, role deploy.Role) ([]byte, error) {
		text, err := deploy.MarkPlain(text, was, func(name string) bool { return r.scope.Has(role, name) }, hides)
		if err != nil {
			return nil, err
		}
		now, err := deploy.ParseModel(text)
		doc.Variables = append(doc.Variables, variables(was, now)...)
		return text, err
	}
	if t.infra() {
		was, err := parsed(remote.Missing(r.Store.Read(ctx, stackFile)))
		if err != nil {
			return err
		}
		if r.stack, err = mark(r.stack, was, deploy.Infra); err != nil {
			return err
		}
	}
	if !t.Release {
		return nil
	}
	var was deploy.Model
	if r.from.ID != "" {
		if was, err = parsed(r.Store.Model(ctx, r.from.ID, "app.yml")); err != nil {
			return err
		}
	}
	r.model, err = mark(r.model, was, deploy.App)
	return err
}

func parsed(text []byte, err error) (deploy.Model, error) {
	if err != nil {
		return deploy.Model{}, err
	}
	return deploy.ParseModel(text)
}

func variables(was, now deploy.Model) []report.PlannedVariable {
	var list []report.PlannedVariable
	for _, v := range deploy.Variables(was, now) {
		one := report.PlannedVariable{Service: v.Service, Name: v.Name, Change: string(v.Kind), Secret: v.Secret}
		if !v.Secret && v.Kind != deploy.VariableAdded {
			one.Old = &v.Old
		}
		if !v.Secret && v.Kind != deploy.VariableRemoved {
			one.New = &v.New
		}
		list = append(list, one)
	}
	return list
}

// plannedImages finds out how many bytes are to be sent: images are packed for
// that, as they are when they are sent.
func (r *rollout) plannedImages(ctx context.Context, doc *report.DeployPlan, t todo) error {
	sends := map[string]plan.SendImage{} // by service
	for _, s := range t.before.Steps {
		if a, is := s.Action.(plan.SendImage); is {
			sends[a.Service] = a
		}
	}
	services := slices.Collect(maps.Keys(r.infra.Services))
	if r.scope.App {
		services = slices.Concat(services, slices.Collect(maps.Keys(r.release.Services)))
	}
	slices.Sort(services)
	var there []docker.ImageConfig
	for _, name := range services {
		one := report.PlannedImage{Service: name, Image: r.source(name), Action: "keep", Bytes: new(int64)}
		a, sent := sends[name]
		if r.foreign != "" && !r.found[one.Image].remote {
			one.Platform = r.foreign
		}
		switch v, judged := r.builds[name]; {
		case judged && v.ID == "":
			one.Action, one.Bytes = "build", nil
		case r.isPulled(name):
			one.Action, one.Bytes = "pull", nil
		case sent && !r.found[a.Source].remote:
			if there == nil {
				var err error
				if there, err = r.Engine.ImageConfigs(ctx); err != nil {
					return err
				}
			}
			one.Action = "send"
			image, err := r.packed(ctx, a)
			if err != nil {
				return err
			}
			if one.Bytes = nil; image != nil {
				bytes := registry.Missing(*image, there)
				one.Bytes, there = &bytes, append(there, configOf(*image))
			}
		}
		doc.Images = append(doc.Images, one)
	}
	return nil
}

// isPulled: the image is not on this machine, and the run would fetch it.
func (r *rollout) isPulled(service string) bool {
	if service == deploy.GatewayService { // for this machine's platform it is asked for instead
		return r.found[r.Settings.Image].content == "" && r.scope.Has(deploy.Infra, service)
	}
	_, ours := r.roles[service]
	return ours && r.scope.Has(r.roles[service], service) && r.pulled(service)
}

// packed is what is to be sent.
func (r *rollout) packed(ctx context.Context, a plan.SendImage) (*registry.Image, error) {
	as, err := registry.Named(r.Settings.Name, a.Ref)
	if err != nil {
		return nil, err
	}
	image, err := r.sender().Pack(ctx, r.local(a.Source), as, nil)
	return &image, err
}

// local is the local engine's image of a name in the model: one that is there under
// its key may not have that name yet.
func (r *rollout) local(name string) string {
	return cmp.Or(r.found[name].ref, name)
}

func configOf(i registry.Image) docker.ImageConfig {
	c := docker.ImageConfig{ID: i.Config, Platform: i.Platform}
	for _, layer := range i.Layers {
		c.Layers = append(c.Layers, layer.DiffID)
	}
	return c
}
