package deploy

import (
	"cmp"
	"strconv"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Settings are what an environment's DEPLOY_* variables say.
type Settings struct {
	Host  string        // DEPLOY_HOST: [user@]host[:port], or a name of ~/.ssh/config
	Name  string        // DEPLOY_NAME: the project on the server; the project's own by default
	Path  string        // DEPLOY_PATH: the project's directory there; spellbook/NAME in the home directory by default
	Build string        // DEPLOY_BUILD: local or remote, whose engine builds; local by default
	Keep  int           // DEPLOY_KEEP: how many releases stay; 5 by default
	Drain time.Duration // DEPLOY_DRAIN: how long open requests and streams may go on; 30s by default
	Watch time.Duration // DEPLOY_WATCH: how long a new release is watched before the old one goes; 15s by default
	Image string        // DEPLOY_GATEWAY_IMAGE: HAProxy; haproxy:3.0-alpine by default
	Bind  string        // DEPLOY_BIND: the address that the gateway listens on; all by default
	Cert  string        // DEPLOY_TLS_CERT: a PEM file of this machine with the gateway's certificate and its chain
	Key   string        // DEPLOY_TLS_KEY: the file with its key
}

// BuildLocal and BuildRemote are this machine's engine and the server's.
const (
	BuildLocal  = "local"
	BuildRemote = "remote"
)

// ReadSettings reads and checks them.
func ReadSettings(p *project.Project) (Settings, error) {
	s := Settings{Host: p.Variable("DEPLOY_HOST"), Name: cmp.Or(p.Variable("DEPLOY_NAME"), p.Name), Bind: p.Variable("DEPLOY_BIND"),
		Image: cmp.Or(p.Variable("DEPLOY_GATEWAY_IMAGE"), "haproxy:3.0-alpine"), Cert: p.Variable("DEPLOY_TLS_CERT"), Key: p.Variable("DEPLOY_TLS_KEY")}
	s.Path = cmp.Or(p.Variable("DEPLOY_PATH"), "spellbook/"+s.Name)
	if err := CheckHost(s.Host); err != nil {
		return s, err
	}
	if name := loader.NormalizeProjectName(s.Name); name != s.Name {
		return s, wrong("DEPLOY_NAME", s.Name, "lower-case letters, digits, dashes and underscores, as in "+cmp.Or(name, "shop"))
	}
	if s.Build = cmp.Or(p.Variable("DEPLOY_BUILD"), BuildLocal); s.Build != BuildLocal && s.Build != BuildRemote {
		return s, wrong("DEPLOY_BUILD", s.Build, "local, or remote")
	}
	var err error
	if s.Keep, err = strconv.Atoi(cmp.Or(p.Variable("DEPLOY_KEEP"), "5")); err != nil || s.Keep < 1 {
		return s, wrong("DEPLOY_KEEP", p.Variable("DEPLOY_KEEP"), "a number from 1 on")
	}
	if s.Drain, err = duration(p, "DEPLOY_DRAIN", 30*time.Second); err != nil {
		return s, err
	}
	s.Watch, err = duration(p, "DEPLOY_WATCH", 15*time.Second)
	return s, err
}

func duration(p *project.Project, name string, otherwise time.Duration) (time.Duration, error) {
	text := p.Variable(name)
	if text == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, wrong(name, text, "a duration such as 30s")
	}
	return d, nil
}

func wrong(name, value, want string) error {
	return failure.New(failure.Preflight, "%s=%s is not valid", name, value).WithHint("write %s", want)
}
