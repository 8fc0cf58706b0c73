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
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/server"
)

// EnvOptions are the flags of deploy:env.
type EnvOptions struct {
	Env  string
	Pull bool // write the server's variables to the environment's file
	Yes  bool // do not ask
	JSON bool // a document of what differs; not with Pull
}

// Env shows how the variables of an environment's file differ from those that the
// release that serves was deployed with, and with Pull writes these to the file. The
// environment need not have one: then the shell's DEPLOY_HOST, or for dev the
// template's, names the server.
func Env(ctx context.Context, w *app.Run, o EnvOptions) error {
	doc := envDocument{Version: 1, Environment: o.Env, Differences: []envcommand.Difference{}}
	failed := func(text string, code int) any {
		doc.Error, doc.ExitCode = text, code
		return doc
	}
	return w.OneDocument(o.JSON, failed, func(w *app.Run) error {
		return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
			if o.JSON && o.Pull {
				return failure.New(failure.Usage, "-json shows what differs, and -pull writes it").WithHint("one of them")
			}
			p := &pull{EnvContext: d, options: o}
			defer p.close()
			if err := p.prepare(ctx); err != nil {
				return err
			}
			list, err := p.compare(ctx)
			switch {
			case err != nil:
				return err
			case o.JSON:
				doc.Host, doc.Project, doc.File, doc.Differences = p.host, p.name, p.local.File, envcommand.DifferenceDocuments(list)
				return report.Document(w.Out, doc)
			case len(list) == 0:
				return w.Say("%s has the variables of %s on %s\n", p.local.File, p.name, p.host)
			}
			if err := envcommand.Differences(w, p.local.File, p.host, list); err != nil || !o.Pull {
				return err
			}
			return p.write(ctx)
		})
	})
}

// envDocument is deploy:env -json; a is the environment's file, b is the server.
type envDocument struct {
	Version     int                     `json:"version"`
	Environment string                  `json:"environment"`
	Host        string                  `json:"host,omitempty"`
	Project     string                  `json:"project,omitempty"` // as it is called there
	File        string                  `json:"file,omitempty"`
	Differences []envcommand.Difference `json:"differences"`
	Error       string                  `json:"error,omitempty"`
	ExitCode    int                     `json:"exit_code,omitempty"`
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

// compare finds what differs.
func (p *pull) compare(ctx context.Context) ([]environ.Difference, error) {
	secrets, err := p.Secrets(ctx, p.local, p.remote)
	if err != nil {
		return nil, err
	}
	return environ.Diff(p.local, p.remote, secrets), nil
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
	return p.Run.Say("%s has the variables of %s on %s now\n", p.local.File, p.name, p.host)
}
