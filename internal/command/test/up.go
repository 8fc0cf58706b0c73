package test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

// UpOptions are the flags of test:up.
type UpOptions struct {
	Name     *string
	Services []string
	Keep     *time.Duration
	Timeout  time.Duration
	Tmpfs    bool
	JSON     bool
}

// upDocument is what test:up -json writes.
type upDocument struct {
	Version  int              `json:"version"`
	Name     string           `json:"name"`
	Project  string           `json:"project"`
	OK       bool             `json:"ok"`
	Reused   bool             `json:"reused"`
	EnvFile  string           `json:"env_file"`
	Address  string           `json:"address"`
	Until    *time.Time       `json:"until"`
	Ports    []shownPort      `json:"ports"`
	Services []status.Service `json:"services"`
	Failures []status.Failure `json:"failures"`
	TookMS   int64            `json:"took_ms"`
	Error    string           `json:"error,omitempty"`
	ExitCode int              `json:"exit_code"`
}

// shownPort is where a service of the stack is.
type shownPort struct {
	Service  string `json:"service"`
	Port     uint16 `json:"port"` // in its container
	Protocol string `json:"protocol"`
	Host     string `json:"host"`
	HostPort string `json:"host_port"` // of replicas a range, 20001-20003
	Variable string `json:"variable,omitempty"`
}

// Up brings a copy of the stack up that is all its own, and leaves it.
func Up(ctx context.Context, w *app.Run, o UpOptions) error {
	u := &upping{options: o, began: w.Now()}
	return w.OneDocument(o.JSON, u.failed, func(w *app.Run) error {
		return w.Guard(ctx, func(ctx context.Context) error { return u.run(ctx, w) })
	})
}

// upping is one test:up at work.
type upping struct {
	options UpOptions
	began   time.Time
	stack   *Stack
	up      report.Up // of -json
}

func (u *upping) run(ctx context.Context, w *app.Run) error {
	o, err := u.startOptions()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	quiet := *w
	if u.options.JSON {
		quiet.Out = &out
		o.json = true
	}
	s, failed := Start(ctx, &quiet, o)
	u.stack = s
	if u.options.JSON {
		u.up = last(&out)
	}
	if s != nil {
		if err := s.Stop(ctx); err != nil && failed == nil {
			return err
		}
	}
	if failed != nil || s == nil {
		return failed
	}
	if u.options.JSON {
		return report.Document(w.Out, u.document("", 0))
	}
	return u.show(w)
}

// last is the document of the last attempt; its zero value where there was nothing to tell.
func last(documents io.Reader) (doc report.Up) {
	for all := json.NewDecoder(documents); ; {
		var one report.Up
		if all.Decode(&one) != nil {
			return doc
		}
		doc = one
	}
}

func (u *upping) startOptions() (o StartOptions, err error) {
	o = StartOptions{Services: u.options.Services, Keep: DefaultKeep, Timeout: u.options.Timeout, Tmpfs: u.options.Tmpfs, Target: "test:up"}
	if u.options.Keep != nil {
		o.Keep = *u.options.Keep
	}
	if o.Keep <= 0 {
		return o, failure.New(failure.Usage, "-keep=%s is no time to stay", o.Keep).WithHint("-keep=1h; mage test:down removes the stack before that")
	}
	if u.options.Name != nil {
		o.Name = *u.options.Name
	}
	if u.options.Name != nil && o.Name == "" {
		return o, project.EmptyFlag("-name", "without it the branch names the stack")
	}
	return o, nil
}

func (u *upping) failed(text string, code int) any { return u.document(text, code) }

func (u *upping) document(text string, code int) upDocument {
	doc := upDocument{Version: 1, OK: code == 0, Ports: []shownPort{}, Services: u.up.Services, Failures: u.up.Failures, Error: text, ExitCode: code}
	if doc.Services == nil {
		doc.Services = []status.Service{}
	}
	if doc.Failures == nil {
		doc.Failures = []status.Failure{}
	}
	if s := u.stack; s != nil {
		doc.Name, doc.Project, doc.Reused, doc.EnvFile, doc.Address = s.Name, s.Project, s.Reused, s.EnvFile, s.record.Address
		doc.TookMS = s.run.Now().Sub(u.began).Milliseconds()
		doc.Ports = portsOf(s)
		if r, ok := s.place.Read(); ok && !r.Until.IsZero() {
			doc.Until = &r.Until
		}
	}
	return doc
}

func portsOf(s *Stack) []shownPort {
	list := []shownPort{}
	for _, p := range s.ports {
		list = append(list, shownPort{Service: p.Service, Port: p.Target, Protocol: p.Proto, Host: s.record.Address,
			HostPort: p.Text(s.record.Ports[p.Key]), Variable: p.Variable})
	}
	return list
}

// show says where the services are and how long they stay.
func (u *upping) show(w *app.Run) error {
	s := u.stack
	for _, p := range portsOf(s) {
		if err := w.Say("%s\n", p); err != nil {
			return err
		}
	}
	r, _ := s.place.Read()
	return w.Say("%s has all variables, secrets too; the stack stays until %s\n→ mage test:env -name=%s, mage test:down -name=%s\n",
		s.place.Layout.Short(s.EnvFile), r.Until.Local().Format("15:04"), s.Name, s.Name)
}

func (p shownPort) String() string {
	text := fmt.Sprintf("%s %d/%s is at %s:%s", p.Service, p.Port, p.Protocol, p.Host, p.HostPort)
	if p.Variable != "" {
		text += " (" + p.Variable + ")"
	}
	return text
}
