package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	envcommand "github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/server"
)

// EnvOptions are the flags of deploy:env.
type EnvOptions struct {
	Env  string
	Pull bool // write the server's variables to the environment's file
	Yes  bool // do not ask
}

// Env shows how the variables of an environment's file differ from those that the
// release that serves was deployed with, and with Pull writes these to the file. The
// environment need not have one: then the shell's DEPLOY_HOST, or for dev the
// template's, names the server.
func Env(ctx context.Context, w *app.Run, o EnvOptions) error {
	return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
		p := &pull{EnvContext: d, options: o}
		defer p.close()
		if err := p.prepare(ctx); err != nil {
			return err
		}
		differ, err := p.compare(ctx)
		if err != nil || !differ || !o.Pull {
			return err
		}
		return p.write(ctx)
	})
}

// pull is one deploy:env at work. It reads no Compose file that it can do without: one
// may ask for a variable that is on the server alone.
type pull struct {
	*load.EnvContext

	options EnvOptions
	local   environ.Environment // its document is empty where there is no file
	has     bool                // there is one
	host    string
	server  *ssh.Server
	name    string // the project's on the server
	remote  environ.Environment
}

func (p *pull) close() {
	if p.server != nil {
		_ = p.server.Close()
	}
}

func (p *pull) prepare(ctx context.Context) error {
	name := p.options.Env
	p.has = environ.HasFile(p.Dirs, name)
	p.local = environ.Environment{Name: name, File: p.Dirs.Short(p.Dirs.File(name))}
	var err error
	if p.has {
		if err = p.Writable(name); err == nil {
			p.local, err = environ.ReadEnvironment(p.Dirs, name)
		}
	}
	if err != nil {
		return err
	}
	if p.host, err = p.findHost(); err != nil {
		return err
	}
	if p.server, err = ssh.Connect(ctx, p.host, p.Run.Environ); err != nil {
		return err
	}
	store, err := p.findProject(ctx)
	if err != nil {
		return err
	}
	return p.read(ctx, store)
}

func (p *pull) findHost() (string, error) {
	t, err := p.Template()
	if err != nil {
		return "", err
	}
	host := p.local.DeployHost(p.Shell)
	if !p.has {
		host = t.RemoteHost(p.options.Env, p.Shell)
	}
	if host == "" {
		return "", failure.New(failure.Preflight, "nothing says which server the environment %s is deployed to", p.options.Env).
			WithHint("DEPLOY_HOST=user@host mage deploy:env %s -pull", p.options.Env)
	}
	return host, deploy.CheckHost(host)
}

// variable is what the shell or the environment's file says.
func (p *pull) variable(name string) string {
	if value, ok := p.Shell(name); ok {
		return value
	}
	return p.local.Values(p.Shell)[name]
}

// findProject opens the project's directory on the server: the one that variables
// name, or that of the only project there that is called as the Compose files say.
func (p *pull) findProject(ctx context.Context) (*server.Store, error) {
	const dir = "spellbook"
	name := p.variable("DEPLOY_NAME")
	if path := p.variable("DEPLOY_PATH"); path != "" {
		p.name = cmp.Or(name, path)
		return server.Open(ctx, p.server, path)
	}
	plain := ""
	if name == "" {
		plain = p.ProjectOf(ctx, p.local)
		if p.has {
			name = plain
		}
	}
	if name == "" {
		names, err := server.Projects(ctx, p.server, dir, p.options.Env)
		if err != nil {
			return nil, err
		}
		var ours []string
		for _, one := range names {
			if one == plain || strings.HasPrefix(one, plain+"-") {
				ours = append(ours, one)
			}
		}
		if len(ours) != 1 {
			return nil, p.unnamed(names)
		}
		name = ours[0]
	}
	p.name = name
	return server.Open(ctx, p.server, dir+"/"+name)
}

// unnamed is the error where the server has no project that is surely this one.
func (p *pull) unnamed(names []string) error {
	f := failure.New(failure.Preflight, "%s has no project of the environment %s that is surely this repository's", p.host, p.options.Env)
	if len(names) == 0 {
		return f.WithHint("the first deployment is made with an environment of this machine: DEPLOY_HOST= mage env:use %s, then mage deploy:to %s", p.options.Env, p.options.Env)
	}
	return f.WithHint("there is %s; say which: DEPLOY_NAME=%s mage deploy:env %s -pull", strings.Join(names, ", "), names[0], p.options.Env)
}

// read takes the variables of the release that serves. How the server is reached
// stays what it is here.
func (p *pull) read(ctx context.Context, store *server.Store) error {
	id, err := store.Current(ctx)
	if err != nil {
		return err
	}
	if id == "" {
		return failure.New(failure.Preflight, "%s was never deployed to %s", p.name, p.host).WithHint("mage deploy:to %s", p.options.Env)
	}
	text, err := store.Variables(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return failure.New(failure.Preflight, "release %s was deployed by a version of Spellbook that kept no variables", id).
			WithHint("mage deploy:to %s, by somebody who has them", p.options.Env)
	}
	if err != nil {
		return err
	}
	doc := dotenv.Parse(string(text))
	if (environ.Environment{Document: doc}).DeployHost(nil) != p.host {
		if doc, err = dotenv.Set(doc, "DEPLOY_HOST", p.host); err != nil {
			return err
		}
	}
	if name := p.variable("DEPLOY_NAME"); name != "" && (environ.Environment{Document: doc}).Values(nil)["DEPLOY_NAME"] != name {
		doc, err = dotenv.Set(doc, "DEPLOY_NAME", name)
	}
	p.remote = environ.Environment{Name: p.options.Env, File: p.host, Document: doc}
	return err
}

// compare shows what differs; of a secret, that it does.
func (p *pull) compare(ctx context.Context) (differ bool, err error) {
	secrets, err := p.Secrets(ctx, p.local, p.remote)
	if err != nil {
		return false, err
	}
	list := environ.Diff(p.local, p.remote, secrets)
	if len(list) == 0 {
		_, err := fmt.Fprintf(p.Run.Out, "%s has the variables of %s on %s\n", p.local.File, p.name, p.host)
		return false, err
	}
	return true, envcommand.Differences(p.Run, p.local.File, p.host, list)
}

func (p *pull) write(ctx context.Context) error {
	question := fmt.Sprintf("Write the variables of %s on %s to %s", p.name, p.host, p.local.File)
	if err := p.Run.Confirm(ctx, question, p.options.Yes); err != nil {
		return err
	}
	var err error
	if p.has {
		_, err = environ.Edit(ctx, p.Dirs, p.options.Env, func(dotenv.Document) (dotenv.Document, error) { return p.remote.Document, nil })
	} else {
		err = environ.CreateOf(p.Dirs, p.options.Env, p.remote.Document)
	}
	if err != nil {
		return err
	}
	p.NoteCopy(p.options.Env)
	p.WarnOfGit(ctx, p.Dirs.File(p.options.Env))
	_, err = fmt.Fprintf(p.Run.Out, "%s has the variables of %s on %s now\n", p.local.File, p.name, p.host)
	return err
}
