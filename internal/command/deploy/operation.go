// Package deploy holds the deploy:* commands: the options of each, its run, and
// what it shows. What a release is and what is to be done about it is decided in
// internal/deploy; a release's containers are brought to ready as infra:up does.
package deploy

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
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/server"
)

// operation is one deploy:* target at work.
type operation struct {
	*load.Session // of this machine, with the environment's variables

	run      *app.Run
	target   string // as the user may type it: deploy:to dev
	settings deploy.Settings

	server   *ssh.Server
	engine   *docker.Client // the server's
	store    *server.Store
	temp     string    // a directory for models, which hold secrets
	transfer *transfer // nil until an image is sent
	socket   string    // the server's engine for this machine's Compose; "" until asked for

	seen seen
}

// seen is what the server had when it was looked at.
type seen struct {
	platform string
	releases []deploy.Release // that have served, newest first
	unserved []deploy.Release // written by runs that were cut short, or by one that is under way
	current  deploy.Release   // its zero value where none serves
	// containers are all that deployments of the project made, by release; those of
	// the infrastructure under "".
	containers map[string][]observe.Container
	// adopted is what a stack that ran by hand has left, kept the containers of it
	// that are infrastructure, byHand those that nobody has taken over.
	adopted      deploy.Adopted
	kept, byHand []observe.Container
}

// of are the containers of a release; none of "".
func (s seen) of(release string) []observe.Container {
	if release == "" {
		return nil
	}
	return s.containers[release]
}

// with opens the environment and its server for a target, and runs it guarded.
func with(ctx context.Context, w *app.Run, env, target string, do func(context.Context, *operation) error) error {
	return opened(ctx, w, env, target, load.Options{Backend: true}, do)
}

// looking is with for a target that only looks.
func looking(ctx context.Context, w *app.Run, env, target string, do func(context.Context, *operation) error) error {
	return opened(ctx, w, env, target, load.Options{Backend: true, ReadOnly: true}, do)
}

func opened(ctx context.Context, w *app.Run, env, target string, options load.Options, do func(context.Context, *operation) error) error {
	return w.Guard(ctx, func(ctx context.Context) error {
		o, err := openWith(ctx, w, env, target, options)
		if err != nil {
			return err
		}
		defer o.close()
		if err := o.connect(ctx); err != nil {
			return err
		}
		return do(ctx, o)
	})
}

func open(ctx context.Context, w *app.Run, env, target string) (*operation, error) {
	return openWith(ctx, w, env, target, load.Options{Backend: true})
}

func openWith(ctx context.Context, w *app.Run, env, target string, options load.Options) (*operation, error) {
	w, err := load.ForEnvironment(w, env)
	if err != nil {
		return nil, err
	}
	s, err := load.Open(ctx, w, options)
	if err != nil {
		return nil, err
	}
	o := &operation{Session: s, run: w, target: target}
	if o.settings, err = deploy.ReadSettings(s.Project); err == nil {
		o.temp, err = os.MkdirTemp("", "spellbook-deploy-")
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return o, nil
}

// connect signs in, once, and looks.
func (o *operation) connect(ctx context.Context) error {
	var err error
	if o.server, err = ssh.Connect(ctx, o.settings.Host, o.run.Environ); err != nil {
		return err
	}
	o.engine, err = docker.Open(docker.Endpoint{Host: "ssh://" + o.settings.Host, Origin: "DEPLOY_HOST"}, o.dial)
	if err != nil {
		return err
	}
	o.engine.ReadFile = o.server.ReadFile
	if o.store, err = server.Open(ctx, o.server, o.settings.Path); err != nil {
		return err
	}
	return o.look(ctx)
}

// look finds out what the server has.
func (o *operation) look(ctx context.Context) error {
	if err := o.engine.Ping(ctx); err != nil {
		return err
	}
	var err error
	if o.seen.platform, err = o.engine.Platform(ctx); err != nil {
		return err
	}
	all, err := o.store.Releases(ctx)
	if err != nil {
		return err
	}
	id, err := o.store.Current(ctx)
	if err != nil {
		return err
	}
	history, err := o.store.History(ctx)
	if err != nil {
		return err
	}
	o.seen.releases, o.seen.unserved = server.Served(all, id, history)
	o.seen.current = deploy.Release{}
	for _, r := range o.seen.releases {
		if r.ID == id {
			o.seen.current = r
		}
	}
	if err := o.lookByHand(ctx); err != nil {
		return err
	}
	return o.lookForContainers(ctx)
}

func (o *operation) lookForContainers(ctx context.Context) (err error) {
	o.seen.containers, err = o.containersNow(ctx)
	return err
}

func (o *operation) containersNow(ctx context.Context) (map[string][]observe.Container, error) {
	all, err := o.engine.Labelled(ctx, deploy.LabelProject+"="+o.settings.Name)
	if err != nil {
		return nil, err
	}
	list := map[string][]observe.Container{}
	if len(o.seen.kept) > 0 {
		list[""] = slices.Clone(o.seen.kept)
	}
	for _, c := range all {
		release := c.Labels[deploy.LabelRelease]
		list[release] = append(list[release], c)
	}
	return list, nil
}

// close ends the connections and removes what was for this run.
func (o *operation) close() {
	if o.transfer != nil { // it forgets layers that none has needed for long
		o.run.NoteUnsaved(o.transfer.registry.Close())
	}
	if o.engine != nil {
		_ = o.engine.Close()
	}
	if o.server != nil {
		_ = o.server.Close()
	}
	_ = os.RemoveAll(o.temp)
	o.Session.Close() //nolint:staticcheck // not its own
}

// onServer is a session for a model on the server's engine.
func (o *operation) onServer(ctx context.Context, name string, text []byte) (*load.Session, error) {
	if _, err := o.engineSocket(ctx); err != nil {
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
	return load.OnServer(ctx, o.run, file, o.engine, o.socket)
}

// engineSocket is the server's engine as a socket of this machine.
func (o *operation) engineSocket(ctx context.Context) (socket string, err error) {
	if o.socket == "" {
		o.socket, err = o.server.Docker(ctx)
	}
	return o.socket, err
}

// whoami is the user and group that the gateway runs as: who signs in.
func (o *operation) whoami(ctx context.Context) (string, error) {
	var out bytes.Buffer
	for _, flag := range []string{"-u", "-g"} {
		if err := o.server.Run(ctx, ssh.Command{Argv: []string{"id", flag}, Stdout: &out}); err != nil {
			return "", err
		}
	}
	return strings.Join(strings.Fields(out.String()), ":"), nil
}

// missing turns a file that is not there into nothing.
func missing(data []byte, err error) ([]byte, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// unknownRelease is the error for an ID that the server does not keep.
func (o *operation) unknownRelease(id string) error {
	var kept []string
	for _, r := range o.seen.releases {
		kept = append(kept, r.ID)
	}
	list := "the server keeps: " + strings.Join(kept, ", ")
	if len(kept) == 0 {
		list = "the server keeps none: mage deploy:to " + o.Project.Env
	}
	return failure.New(failure.Usage, "no release %s", id).WithHint("%s", list)
}

// title is what a run is called above its progress.
func (o *operation) title(what string) string {
	return fmt.Sprintf("%s: %s on %s", o.target, what, o.settings.Host)
}

func (o *operation) dial(ctx context.Context, _ string) (net.Conn, error) { return o.server.Dial(ctx) }
