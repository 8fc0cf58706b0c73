package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/infinitescribe/spellbook/internal/units"
)

// DeployPlan is the document of deploy:plan: what a deployment would change.
type DeployPlan struct {
	Version     int               `json:"version"`
	Project     string            `json:"project"`
	Environment string            `json:"environment"`
	Host        string            `json:"host"`
	Path        string            `json:"path"`
	Changes     bool              `json:"changes"`
	Release     *Release          `json:"release"` // that serves; null where none does
	Services    []PlannedService  `json:"services"`
	Images      []PlannedImage    `json:"images"`
	Files       []PlannedFile     `json:"files"`
	Variables   []PlannedVariable `json:"variables"`
	Left        []string          `json:"left"`  // releases that a run which was cut short has left
	Notes       []string          `json:"notes"` // what else is done, or could not be known
	Error       string            `json:"error,omitempty"`
	ExitCode    int               `json:"exit_code,omitempty"`
}

// Deployed is the document of deploy:to and its like: what was done.
type Deployed struct {
	Version     int        `json:"version"`
	Project     string     `json:"project"`
	Environment string     `json:"environment"`
	Host        string     `json:"host"`
	OK          bool       `json:"ok"`
	Changed     bool       `json:"changed"`
	Release     string     `json:"release"` // that serves now; "" where none does
	From        string     `json:"from"`    // that it replaced; "" where it is the same, or the first
	TookMS      int64      `json:"took_ms"`
	Plan        DeployPlan `json:"plan"` // what was to be done
	Error       string     `json:"error,omitempty"`
	ExitCode    int        `json:"exit_code,omitempty"`
}

// PlannedService is what comes to a service.
type PlannedService struct {
	Name       string `json:"name"`
	Part       string `json:"part"`   // infrastructure or application
	Action     string `json:"action"` // create, recreate, start, remove, keep
	Cause      string `json:"cause"`
	Interrupts bool   `json:"interrupts"`
	Volume     bool   `json:"volume"`
}

// PlannedImage is one that the server is to have.
type PlannedImage struct {
	Service string `json:"service"`
	Image   string `json:"image"`  // its name on this machine
	Action  string `json:"action"` // send, build (and send), pull (and compare), keep
	Bytes   *int64 `json:"bytes"`  // to send; null where that is not known yet
	// Platform is the server's, os/arch; absent where this machine's is the same.
	Platform string `json:"platform,omitempty"`
}

// PlannedFile is one that containers are given and that is not on the server.
type PlannedFile struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// PlannedVariable is a variable of a service that gets another value.
type PlannedVariable struct {
	Service string  `json:"service"`
	Name    string  `json:"name"`
	Change  string  `json:"change"` // added, removed, changed
	Secret  bool    `json:"secret"`
	Old     *string `json:"old"` // null where it is a secret, or there was none
	New     *string `json:"new"`
}

// DeployPlanText is a plan for people. Where nothing changes it has one line.
func DeployPlanText(o Options, d DeployPlan) error {
	p := lineWriter{o: o}
	p.say("%s → %s (%s)", d.Environment, d.Host, d.Path)
	for _, s := range d.Services {
		p.service(s, d)
	}
	if d.Release == nil && p.application(d) {
		p.say("  the first release")
	}
	for _, i := range d.Images {
		p.image(i)
	}
	for _, f := range d.Files {
		p.say("  %s: file, %s to send", Clean(f.Path), units.SizeOf(f.Bytes))
	}
	if len(d.Left) > 0 {
		p.say("  left by a run that was cut short, removed: %s", strings.Join(d.Left, ", "))
	}
	for _, note := range d.Notes {
		p.say("  %s", Clean(note))
	}
	if kept := d.kept(); len(kept) > 0 && d.Changes {
		p.say("  untouched: %s", strings.Join(kept, ", "))
	}
	if !d.Changes {
		p.say("  nothing would change")
	}
	return p.err
}

// lineWriter writes lines, broken between words where the terminal ends, until one fails.
type lineWriter struct {
	o   Options
	err error
}

func (p *lineWriter) say(format string, args ...any) {
	if p.err == nil {
		_, p.err = io.WriteString(p.o.Out, Hang(fmt.Sprintf(format, args...), p.o.WithDefaults().Width, 0)+"\n")
	}
}

func (p *lineWriter) service(s PlannedService, d DeployPlan) {
	switch {
	case s.Action == "keep":
		return
	case s.Part == "application":
		p.say("  %s: %s", s.Name, s.Cause)
	case s.Action == "create":
		p.say("  %s: new", s.Name)
	case s.Action == "start":
		p.say("  %s is %s: started", s.Name, s.Cause)
	case s.Action == "remove":
		p.say("  %s: %s, removed, which ends it; volumes stay", s.Name, s.Cause)
	case s.Volume:
		p.say("  %s: %s changed, made anew, which interrupts it (its data is in a volume)", s.Name, s.Cause)
	default:
		p.say("  %s: %s changed, made anew, which interrupts it", s.Name, s.Cause)
	}
	for _, v := range d.Variables {
		if v.Service == s.Name {
			p.say("    %s", v.text())
		}
	}
}

func (v PlannedVariable) text() string {
	if v.Secret {
		return fmt.Sprintf("%s differs", v.Name)
	}
	value := func(s *string) string {
		if s == nil {
			return "(none)"
		}
		return Clean(fmt.Sprintf("%q", *s))
	}
	return fmt.Sprintf("%s: %s → %s", v.Name, value(v.Old), value(v.New))
}

func (p *lineWriter) image(i PlannedImage) {
	if i.Platform != "" {
		i.Service += " for " + i.Platform
	}
	switch {
	case i.Action == "keep", i.Bytes != nil && *i.Bytes == 0:
	case i.Action == "build":
		p.say("  image of %s: to be built", i.Service)
	case i.Action == "pull":
		p.say("  image of %s: %s is not on this machine, and is pulled and compared first", i.Service, Clean(i.Image))
	case i.Bytes == nil:
		p.say("  image of %s: to be sent", i.Service)
	default:
		p.say("  image of %s: %s to send", i.Service, units.SizeOf(*i.Bytes))
	}
}

func (p *lineWriter) application(d DeployPlan) bool {
	for _, s := range d.Services {
		if s.Part == "application" && s.Action != "keep" {
			return true
		}
	}
	return false
}

func (d DeployPlan) kept() []string {
	var list []string
	for _, s := range d.Services {
		if s.Action == "keep" {
			list = append(list, s.Name)
		}
	}
	return list
}
