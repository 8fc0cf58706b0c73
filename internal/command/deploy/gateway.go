package deploy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/gateway"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/registry"
)

// The gateway's files below the project's directory on the server.
const (
	gatewayDir    = "gateway"
	gatewayConfig = "gateway/conf/haproxy.cfg"
	gatewayState  = "gateway/state.json"
	gatewayRun    = "gateway/run"
	gatewaySocket = "gateway/run/admin.sock"
)

// proxy is the gateway of a server as its configuration has it.
type proxy struct {
	Routes  []gateway.Route
	Slots   gateway.Slots
	Options gateway.Options
	// Certificate is what a gateway that speaks TLS shows; nil where none does.
	Certificate *deploy.Certificate `json:",omitempty"`
}

// readProxy is the gateway as the last deployment left it; its zero value where
// there was none.
func (o *operation) readProxy(ctx context.Context) (proxy, error) {
	var d proxy
	data, err := remote.Missing(o.Store.Read(ctx, gatewayState))
	if err != nil || data == nil {
		return d, err
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return d, fmt.Errorf("read %s: %w", o.Store.Path(gatewayState), err)
	}
	return d, nil
}

// with are the routes of a release; slots of ports that it does not publish go.
func (d proxy) with(routes []gateway.Route) proxy {
	slots := gateway.Slots{}
	for _, r := range routes {
		slots[r.Backend()] = d.Slots[r.Backend()]
	}
	d.Routes, d.Slots = routes, slots
	return d
}

// structure is a sum of the configuration but for maintenance and what is in the
// slots: a running gateway is told these.
func (d proxy) structure() (string, error) {
	d.Options.Maintenance = false
	text, err := gateway.Config(d.Routes, nil, d.Options)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6]), nil
}

// writeProxy writes the configuration: what the gateway comes up with when it
// restarts. It is written before the running one is told.
func (o *operation) writeProxy(ctx context.Context, d proxy) error {
	text, err := gateway.Config(d.Routes, d.Slots, d.Options)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	if err := o.Store.Write(ctx, gatewayState, data); err != nil {
		return err
	}
	return o.Store.Write(ctx, gatewayConfig, []byte(text))
}

// addGateway puts the gateway into the model of the infrastructure.
func (r *rollout) addGateway(ctx context.Context, stack *types.Project) error {
	structure, err := r.proxy.structure()
	if err != nil {
		return err
	}
	who, err := r.Whoami(ctx)
	if err != nil {
		return err
	}
	image := deploy.ImageName(r.Settings.Name, deploy.GatewayService, infraTag(r.found[r.Settings.Image].content))
	return deploy.AddGateway(stack, r.Project, r.roles, r.routes, deploy.Gateway{Image: image, User: who, Dir: r.Store.Path(gatewayDir), Structure: structure, Redirect: r.redirect})
}

// runtime reaches the running gateway's socket on the server.
func (o *operation) runtime(ctx context.Context) (gateway.Runtime, error) {
	dial, err := o.Server.Unix(ctx, o.Store.Path(gatewaySocket))
	return gateway.Runtime{Dial: dial}, err
}

// SendImage is part of execute's deployer.
func (r *rollout) SendImage(ctx context.Context, a plan.SendImage, note func(engine.Note)) error {
	if r.found[a.Source].remote {
		return r.Engine.Tag(ctx, a.Source, a.Ref)
	}
	as, err := registry.Named(r.Settings.Name, a.Ref)
	if err != nil {
		return err
	}
	told := func(doing string) docker.Progress {
		return func(current, total int64) { note(engine.Note{Text: doing, Current: current, Total: total}) }
	}
	if err := r.sender().Send(ctx, r.local(a.Source), as, told); err != nil {
		return err
	}
	got, _, err := r.Engine.ImageConfig(ctx, a.Ref)
	if err == nil && got.Content != r.found[a.Source].content {
		return failure.New(failure.Unexpected, "image %s was made anew while it was deployed", a.Source).WithHint("mage %s, once more", r.Target)
	}
	return err
}

// Switch is part of execute's deployer: the gateway checks the release itself,
// then all requests are its. The release that serves is noted before the gateway
// is told, so that whoever comes next finds the one that it restarts with.
func (r *rollout) Switch(ctx context.Context) error {
	if len(r.proxy.Routes) == 0 {
		return r.Store.SetCurrent(ctx, r.release.ID)
	}
	if err := r.resume(ctx); err != nil {
		return err
	}
	run, err := r.runtimeOnce(ctx)
	if err != nil {
		return err
	}
	r.before = r.proxy
	r.proxy.Slots = r.before.Slots.Staged(r.release.ID, deploy.Addresses(r.routes, r.Settings.Name, r.release.ID))
	if err := r.writeProxy(ctx, r.proxy); err != nil {
		return err
	}
	within, cancel := context.WithTimeoutCause(ctx, time.Minute, failure.New(failure.NotReady, "the gateway does not find the release well after a minute"))
	defer cancel()
	if err := run.Prepare(within, r.proxy.Slots); err != nil {
		return err
	}
	r.proxy.Slots = r.proxy.Slots.Switched()
	if err := r.writeProxy(ctx, r.proxy); err != nil {
		return err
	}
	r.switched = true
	if err := r.Store.SetCurrent(ctx, r.release.ID); err != nil {
		return err
	}
	return run.Switch(ctx, r.proxy.Slots)
}

// resume tells a running gateway what its configuration says already: a run that was
// cut short may have written it and no more. Where the release that is to serve is
// down, the gateway refuses and stays as it is.
func (r *rollout) resume(ctx context.Context) error {
	if len(r.proxy.Routes) == 0 {
		return nil
	}
	run, err := r.runtimeOnce(ctx)
	if err != nil {
		return err
	}
	if err := run.Switch(ctx, r.proxy.Slots); failure.CodeOf(err) != failure.NotReady {
		return err
	}
	return nil
}

// back has the release before serve again, whatever the gateway was told since.
func (r *rollout) back(ctx context.Context) error {
	if r.before.Slots == nil {
		return nil
	}
	proxy := r.before
	if err := r.writeProxy(ctx, proxy); err != nil {
		return err
	}
	if !r.switched {
		return nil
	}
	if err := r.Store.SetCurrent(ctx, r.from.ID); err != nil || r.from.ID == "" {
		return err
	}
	run, err := r.runtimeOnce(ctx)
	if err != nil {
		return err
	}
	return run.Switch(ctx, r.proxy.Slots.Reverted())
}

// runtimeOnce reaches the running gateway, by one tunnel a run.
func (r *rollout) runtimeOnce(ctx context.Context) (gateway.Runtime, error) {
	if r.gateway.Dial != nil {
		return r.gateway, nil
	}
	var err error
	r.gateway, err = r.runtime(ctx)
	return r.gateway, err
}

// gatewayNow is what the running gateway does.
func (r *rollout) gatewayNow(ctx context.Context) (gateway.Observed, error) {
	run, err := r.runtimeOnce(ctx)
	if err != nil {
		return gateway.Observed{}, err
	}
	return run.State(ctx)
}

// Watch is part of execute's deployer: a service of the release that ends, or that
// the gateway finds down, has the release before serve again.
func (r *rollout) Watch(ctx context.Context, a plan.WatchRelease) error {
	end := time.NewTimer(a.For)
	defer end.Stop()
	look := time.NewTicker(500 * time.Millisecond)
	defer look.Stop()
	for {
		err := r.unwell(ctx)
		if err != nil {
			return err
		}
		select {
		case <-end.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
		}
	}
}

// unwell is an error where a service of the release has ended or is down.
func (r *rollout) unwell(ctx context.Context) error {
	if err := r.LookForContainers(ctx); err != nil {
		return err
	}
	for _, c := range r.Seen.Containers[r.release.ID] {
		name := c.Labels[deploy.LabelService]
		if r.release.Services[name].OneShot {
			continue
		}
		again, err := r.Engine.Restarts(ctx, c.ID)
		if err != nil {
			return err
		}
		if again > 0 {
			return failure.New(failure.NotReady, "%s of the new release has ended and was started again by its restart policy", name).WithDetails(r.LastWords(ctx, c)...)
		}
		if c.State != "running" {
			return failure.New(failure.NotReady, "%s of the new release is %s (exit code %d)", name, c.State, c.ExitCode).WithDetails(r.LastWords(ctx, c)...)
		}
	}
	if len(r.proxy.Routes) == 0 {
		return nil
	}
	now, err := r.gatewayNow(ctx)
	if err != nil {
		return err
	}
	for _, s := range now.Servers {
		if _, ours := r.proxy.Slots[s.Backend]; ours && s.Ready && !s.Up {
			return failure.New(failure.NotReady, "the gateway finds %s of the new release down: %s %s", s.Backend, s.Check, s.Detail)
		}
	}
	return nil
}

// Drain is part of execute's deployer.
func (r *rollout) Drain(ctx context.Context, a plan.DrainTraffic, note func(engine.Note)) error {
	run, err := r.runtimeOnce(ctx)
	if err != nil {
		return err
	}
	tell := func(left int) { note(engine.Note{Text: fmt.Sprintf("%d requests and streams open", left)}) }
	if err := run.Drain(ctx, r.proxy.Slots, a.Grace, tell); err != nil {
		return err
	}
	r.proxy.Slots = r.proxy.Slots.Freed()
	return r.writeProxy(ctx, r.proxy)
}
