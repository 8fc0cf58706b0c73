package test

import (
	"context"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/sandbox"
)

// listDocument is what test:list -json writes.
type listDocument struct {
	Version  int           `json:"version"`
	Stacks   []listedStack `json:"stacks"`
	Error    string        `json:"error,omitempty"`
	ExitCode int           `json:"exit_code,omitempty"`
}

// listedStack is one stack of this checkout.
type listedStack struct {
	Name    string    `json:"name"`
	Project string    `json:"project"`
	EnvFile string    `json:"env_file"`
	Address string    `json:"address"`
	Made    time.Time `json:"made"`
	// Until is how long it stays without a user; absent where it goes with them.
	Until *time.Time     `json:"until,omitempty"`
	Users []sandbox.User `json:"users"`
	// Running are its containers that run, absent where the engine does not tell.
	Running *int `json:"running,omitempty"`
}

// List shows the stacks of this checkout, and who uses them.
func List(ctx context.Context, w *app.Run, asJSON bool) error {
	failed := func(text string, code int) any {
		return listDocument{Version: 1, Stacks: []listedStack{}, Error: text, ExitCode: code}
	}
	return w.OneDocument(asJSON, failed, func(w *app.Run) error {
		return w.Guard(ctx, func(ctx context.Context) error {
			places, err := sandbox.Stacks(w.ProjectLayout())
			if err != nil {
				return err
			}
			doc := listDocument{Version: 1, Stacks: []listedStack{}}
			for _, p := range places {
				if err := p.Check(); err != nil {
					return err
				}
				if r, ok := p.Read(); ok {
					doc.Stacks = append(doc.Stacks, listed(ctx, w, p, r))
				}
			}
			if asJSON {
				return report.Document(w.Out, doc)
			}
			return doc.table(w)
		})
	})
}

func listed(ctx context.Context, w *app.Run, p sandbox.Place, r sandbox.Record) listedStack {
	s := listedStack{Name: p.Name, Project: r.Project, EnvFile: p.Layout.Short(p.EnvFile()), Address: r.Address, Made: r.Made, Users: p.Users(w.Now())}
	if s.Users == nil {
		s.Users = []sandbox.User{}
	}
	if !r.Until.IsZero() {
		s.Until = &r.Until
	}
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	c, err := load.Dial(engineOf(w.Environ, r))
	if err != nil {
		return s
	}
	defer func() { _ = c.Close() }()
	if list, err := c.Containers(ctx, r.Project); err == nil {
		s.Running = new(int)
		for _, one := range list {
			if one.State == "running" {
				*s.Running++
			}
		}
	}
	return s
}

// listTimeout is how long an engine may take that is only asked how many run.
const listTimeout = 5 * time.Second

func (doc listDocument) table(w *app.Run) error {
	if len(doc.Stacks) == 0 {
		return w.Say("no stack of its own is up\n→ mage test:up\n")
	}
	rows := make([][]report.Cell, 0, len(doc.Stacks))
	for _, s := range doc.Stacks {
		running := "?"
		if s.Running != nil {
			running = fmt.Sprint(*s.Running)
		}
		rows = append(rows, []report.Cell{{Text: s.Name, Whole: true}, {Text: s.Project, Whole: true}, {Text: running}, {Text: s.stays()}, {Text: s.EnvFile, Whole: true}})
	}
	return report.Table(w.Out, w.Format(false).Tables, []string{"STACK", "PROJECT", "RUNNING", "STAYS", "VARIABLES"}, rows)
}

// stays says how long.
func (s listedStack) stays() string {
	text := "for the next run to remove"
	if s.Until != nil {
		text = "until " + s.Until.Local().Format("15:04")
	}
	if len(s.Users) > 0 {
		text = "used by " + s.Users[0].String()
	}
	if len(s.Users) > 1 {
		text += fmt.Sprintf(" and %d more", len(s.Users)-1)
	}
	return text
}
