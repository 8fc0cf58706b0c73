// Package remote is a deploy:* target at an environment's server: its connection, its
// engine, its lock and what was deployed there. It also holds the targets that only
// look into a server. What changes what is deployed stands in command/deploy.
package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/endpoint"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/redact"
	"github.com/infinitescribe/spellbook/internal/server"
)

// Operation is one deploy:* target at work.
type Operation struct {
	*load.Session // of this machine, with the environment's variables

	Target   string // as the user may type it: deploy:to dev
	Settings deploy.Settings

	Server *ssh.Server
	Engine *docker.Client // the server's
	Store  *server.Store
	Seen   Seen

	temp   string // a directory for models, which hold secrets
	socket string // the server's engine for this machine's Compose; "" until asked for
}

// Seen is what the server had when it was looked at.
type Seen struct {
	Platform string           // os/arch
	Releases []deploy.Release // that have served, newest first
	Unserved []deploy.Release // written by runs that were cut short, or by one that is under way
	Current  deploy.Release   // its zero value where none serves
	Unended  bool             // no run has written down that it ended since Current serves
	// Containers are all that deployments of the project made, by release; those of
	// the infrastructure under "". A release that has networks alone has none.
	Containers map[string][]observe.Container
	// Adopted is what a stack that ran by hand has left, Kept the containers of it
	// that are infrastructure, ByHand those that nobody has taken over.
	Adopted      deploy.Adopted
	Kept, ByHand []observe.Container
}

// Of are the containers of a release; none of "".
func (s Seen) Of(release string) []observe.Container {
	if release == "" {
		return nil
	}
	return s.Containers[release]
}

// With opens the environment and its server for a target, and runs it guarded.
func With(ctx context.Context, w *app.Run, env, target string, do func(context.Context, *Operation) error) error {
	return opened(ctx, w, env, target, load.Options{Backend: true}, do)
}

// Looking is With for a target that only looks.
func Looking(ctx context.Context, w *app.Run, env, target string, do func(context.Context, *Operation) error) error {
	return opened(ctx, w, env, target, load.Options{Backend: true, ReadOnly: true}, do)
}

func opened(ctx context.Context, w *app.Run, env, target string, options load.Options, do func(context.Context, *Operation) error) error {
	return w.Guard(ctx, func(ctx context.Context) error {
		o, err := openWith(ctx, w, env, target, options)
		if err != nil {
			return err
		}
		defer o.Close()
		if err := o.Connect(ctx); err != nil {
			return err
		}
		return redact.Error(do(ctx, o), o.Project.MaskValues)
	})
}

// Open is the environment, with nobody signed in: see Connect.
func Open(ctx context.Context, w *app.Run, env, target string) (*Operation, error) {
	return openWith(ctx, w, env, target, load.Options{Backend: true})
}

func openWith(ctx context.Context, w *app.Run, env, target string, options load.Options) (*Operation, error) {
	w, err := load.ForEnvironment(w, env)
	if err != nil {
		return nil, err
	}
	s, err := load.Open(ctx, w, options)
	if err != nil {
		return nil, err
	}
	o := &Operation{Session: s, Target: target}
	if o.Settings, err = deploy.ReadSettings(s.Project); err == nil {
		o.temp, err = os.MkdirTemp("", "spellbook-deploy-")
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return o, nil
}

// Connect signs in, once, and looks.
func (o *Operation) Connect(ctx context.Context) error {
	var err error
	if o.Server, err = ssh.Connect(ctx, o.Settings.Host, o.Run.Environ); err != nil {
		return err
	}
	o.Engine, err = docker.Open(endpoint.Endpoint{Host: "ssh://" + o.Settings.Host, Origin: "DEPLOY_HOST"}, o.dial)
	if err != nil {
		return err
	}
	o.Engine.ReadFile = o.Server.ReadFile
	if o.Store, err = server.Open(ctx, o.Server, o.Settings.Path); err != nil {
		return err
	}
	return o.Look(ctx)
}

// Look finds out what the server has.
func (o *Operation) Look(ctx context.Context) error {
	if err := o.Engine.Ping(ctx); err != nil {
		return err
	}
	var err error
	if o.Seen.Platform, err = o.Engine.Platform(ctx); err != nil {
		return err
	}
	all, err := o.Store.Releases(ctx)
	if err != nil {
		return err
	}
	id, err := o.Store.Current(ctx)
	if err != nil {
		return err
	}
	history, err := o.Store.History(ctx)
	if err != nil {
		return err
	}
	o.Seen.Releases, o.Seen.Unserved = server.Served(all, id, history)
	o.Seen.Current = deploy.Release{}
	o.Seen.Unended = id != "" && !slices.ContainsFunc(history, func(e server.Entry) bool { return e.Release == id })
	for _, r := range o.Seen.Releases {
		if r.ID == id {
			o.Seen.Current = r
		}
	}
	if err := o.lookByHand(ctx); err != nil {
		return err
	}
	return o.LookForContainers(ctx)
}

// LookForContainers finds out which there are now.
func (o *Operation) LookForContainers(ctx context.Context) (err error) {
	o.Seen.Containers, err = o.containersNow(ctx)
	return err
}

func (o *Operation) containersNow(ctx context.Context) (map[string][]observe.Container, error) {
	all, err := o.Engine.Labelled(ctx, deploy.LabelProject+"="+o.Settings.Name)
	if err != nil {
		return nil, err
	}
	list := map[string][]observe.Container{}
	if len(o.Seen.Kept) > 0 {
		list[""] = slices.Clone(o.Seen.Kept)
	}
	for _, c := range all {
		release := c.Labels[deploy.LabelRelease]
		list[release] = append(list[release], c)
	}
	networks, err := o.Engine.Networks(ctx, "")
	for _, n := range networks { // of a release that a run which was cut short has removed but for these
		if release, is := deploy.ReleaseOf(o.Settings.Name, n.Project); is && list[release] == nil {
			list[release] = []observe.Container{}
		}
	}
	return list, err
}

// Close ends the connections and removes what was for this run.
func (o *Operation) Close() {
	if o.Engine != nil {
		_ = o.Engine.Close()
	}
	if o.Server != nil {
		_ = o.Server.Close()
	}
	_ = os.RemoveAll(o.temp)
	o.Session.Close()
}

// OnServer is a session for a model on the server's engine.
func (o *Operation) OnServer(ctx context.Context, name string, text []byte) (*load.Session, error) {
	if _, err := o.EngineSocket(ctx); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.temp, "")
	if err != nil {
		return nil, err
	}
	file := dir + "/" + name
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	return load.OnServer(ctx, o.Run, file, o.Engine, o.socket)
}

// EngineSocket is the server's engine as a socket of this machine.
func (o *Operation) EngineSocket(ctx context.Context) (socket string, err error) {
	if o.socket == "" {
		o.socket, err = o.Server.Docker(ctx)
	}
	return o.socket, err
}

// Whoami is the user and group that the gateway runs as: who signs in.
func (o *Operation) Whoami(ctx context.Context) (string, error) {
	var out bytes.Buffer
	for _, flag := range []string{"-u", "-g"} {
		if err := o.Server.Run(ctx, ssh.Command{Argv: []string{"id", flag}, Stdout: &out}); err != nil {
			return "", err
		}
	}
	return strings.Join(strings.Fields(out.String()), ":"), nil
}

// Missing turns a file that is not there into nothing.
func Missing(data []byte, err error) ([]byte, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// UnknownRelease is the error for an ID that the server does not keep.
func (o *Operation) UnknownRelease(id string) error {
	var kept []string
	for _, r := range o.Seen.Releases {
		kept = append(kept, r.ID)
	}
	list := "the server keeps: " + strings.Join(kept, ", ")
	if len(kept) == 0 {
		list = "the server keeps none: mage deploy:to " + o.Project.Env
	}
	return failure.New(failure.Usage, "no release %s", id).WithHint("%s", list)
}

// Title is what a run is called above its progress.
func (o *Operation) Title(what string) string {
	return fmt.Sprintf("%s: %s on %s", o.Target, what, o.Settings.Host)
}

func (o *Operation) dial(ctx context.Context, _ string) (net.Conn, error) { return o.Server.Dial(ctx) }
