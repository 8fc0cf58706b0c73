package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/units"
)

// DeployStatus is the document of deploy:status.
type DeployStatus struct {
	Version     int               `json:"version"`
	Project     string            `json:"project"`
	Environment string            `json:"environment"`
	Host        string            `json:"host"`
	Release     *Release          `json:"release"`     // null where none serves
	Maintenance bool              `json:"maintenance"` // the gateway answers 503
	Certificate *Certificate      `json:"certificate"` // null where the gateway speaks no TLS
	Services    []DeployedService `json:"services"`
	Dumps       []DeployedDump    `json:"dumps"` // oldest first
	Error       string            `json:"error,omitempty"`
	ExitCode    int               `json:"exit_code,omitempty"`
}

// DeployedDump is a database as it was before a release.
type DeployedDump struct {
	Service string `json:"service"`
	Release string `json:"release"`
	Path    string `json:"path"` // on the server
	Bytes   int64  `json:"bytes"`
}

// Release is one that serves.
type Release struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Commit  string    `json:"commit"`
	Dirty   bool      `json:"dirty"`
	Author  string    `json:"author"`
}

// Certificate is what the gateway shows.
type Certificate struct {
	Names    []string  `json:"names"`
	NotAfter time.Time `json:"not_after"`
	Renew    bool      `json:"renew"` // it ends soon
}

// DeployedService is a container on the server.
type DeployedService struct {
	Name    string `json:"name"`
	Release string `json:"release"` // "" is the infrastructure
	State   string `json:"state"`   // as the engine says
	Health  string `json:"health"`  // "", starting, healthy, unhealthy, completed
}

// DeployHistory is the document of deploy:history, newest first.
type DeployHistory struct {
	Version     int           `json:"version"`
	Project     string        `json:"project"`
	Environment string        `json:"environment"`
	Host        string        `json:"host"`
	Entries     []DeployEntry `json:"entries"`
	Error       string        `json:"error,omitempty"`
	ExitCode    int           `json:"exit_code,omitempty"`
}

// DeployEntry is one thing that was done to a server.
type DeployEntry struct {
	Time    time.Time `json:"time"`
	Action  string    `json:"action"`
	Release string    `json:"release"`
	From    string    `json:"from"`
	Author  string    `json:"author"`
	Result  string    `json:"result"`
	Reason  string    `json:"reason"`
	TookMS  int64     `json:"took_ms"`
	Serves  bool      `json:"serves"`
	Kept    bool      `json:"kept"` // may be rolled back to
	// Dumps are the databases as they were before, by their path on the server, as
	// long as they are there.
	Dumps []string `json:"dumps"`
}

// DeployStatusText is deploy:status for people.
func DeployStatusText(o Options, d DeployStatus, now time.Time) error {
	p := lineWriter{o: o}
	if d.Release == nil {
		p.say("%s on %s: no release serves (%s %s)", d.Project, d.Host, o.spell("mage deploy:to"), d.Environment)
	} else {
		p.say("%s on %s: release %s\ndeployed %s ago by %s, commit %s%s", d.Project, d.Host, d.Release.ID,
			Took(now.Sub(d.Release.Created).Truncate(time.Second)), Clean(d.Release.Author), cmp.Or(d.Release.Commit, "none"), dirty(d.Release.Dirty))
	}
	if d.Maintenance {
		p.say("in maintenance: the gateway answers 503 (%s %s -off)", o.spell("mage deploy:maintenance"), d.Environment)
	}
	d.Certificate.write(&p, d.Environment, now)
	if p.err != nil {
		return p.err
	}
	rows := make([][]Cell, 0, len(d.Services))
	for _, s := range d.Services {
		kind := "application"
		if s.Release == "" {
			kind = "infrastructure"
		}
		rows = append(rows, []Cell{{Text: s.Name, Whole: true}, {Text: kind}, {Text: s.State, Whole: true}, {Text: s.Health}})
	}
	if err := Table(o.Out, o, []string{"SERVICE", "PART", "STATE", "HEALTH"}, rows); err != nil || len(d.Dumps) == 0 {
		return err
	}
	rows = rows[:0]
	for _, one := range d.Dumps {
		rows = append(rows, []Cell{{Text: one.Service, Whole: true}, {Text: one.Release, Whole: true}, {Text: units.SizeOf(one.Bytes)}, {Text: one.Path}})
	}
	return Table(o.Out, o, []string{"DUMP OF", "BEFORE", "SIZE", "FILE"}, rows)
}

// write says how long the certificate is valid.
func (c *Certificate) write(p *lineWriter, environment string, now time.Time) {
	if c == nil {
		return
	}
	left := c.NotAfter.Sub(now)
	text := fmt.Sprintf("certificate of %s: until %s, %s left", Clean(strings.Join(c.Names, ", ")), c.NotAfter.UTC().Format(time.DateOnly), units.Plural(int(left.Hours()/24), "day"))
	if left < 0 {
		text = fmt.Sprintf("certificate of %s: expired on %s", Clean(strings.Join(c.Names, ", ")), c.NotAfter.UTC().Format(time.DateOnly))
	}
	if c.Renew {
		text = fmt.Sprintf("warning: %s\n  → renew it, and then: %s %s", text, p.o.spell("mage deploy:to"), environment)
	}
	p.say("%s", text)
}

func dirty(yes bool) string {
	if yes {
		return ", with changes that no commit has"
	}
	return ""
}

// DeployHistoryTable is deploy:history for people. Of what went well it says whether
// the release serves or is kept.
func DeployHistoryTable(o Options, d DeployHistory) error {
	rows := make([][]Cell, 0, len(d.Entries))
	for _, e := range d.Entries {
		result := e.Result
		switch {
		case e.Result == "failed": // as a rollback that was cut short, of a release that serves since
		case e.Serves:
			result = "serves"
		case e.Kept:
			result = "kept"
		}
		rows = append(rows, []Cell{{Text: e.Time.Local().Format("Jan _2 15:04"), Whole: true}, {Text: e.Action}, {Text: e.Release, Whole: true}, {Text: result, Whole: true}, {Text: Took(time.Duration(e.TookMS) * time.Millisecond)}, {Text: Clean(e.Author)}})
	}
	if err := Table(o.Out, o, []string{"WHEN", "ACTION", "RELEASE", "RESULT", "TOOK", "BY"}, rows); err != nil {
		return err
	}
	return dumpedBefore(o, d)
}

// dumpedBefore lists the databases as they were before releases, newest first.
func dumpedBefore(o Options, d DeployHistory) error {
	said := false
	for _, e := range d.Entries {
		for _, path := range e.Dumps {
			if !said {
				if _, err := fmt.Fprintf(o.Out, "dumped before, on %s:\n", d.Host); err != nil {
					return err
				}
			}
			said = true
			if _, err := fmt.Fprintf(o.Out, "  %s\n", Clean(path)); err != nil {
				return err
			}
		}
	}
	return nil
}
