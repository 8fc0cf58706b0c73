package build

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// ScanOptions are the flags of build:scan.
type ScanOptions struct {
	Services []string // empty: every build section
	JSON     bool
}

// scanState is what came of the scans of an image.
type scanState string

// The states.
const (
	scanClean   scanState = "clean"       // every scanner ended with 0
	scanFound   scanState = "vulnerable"  // one did not
	scanOff     scanState = "off"         // x-spellbook: {scan: false}
	scanMissing scanState = "not scanned" // there is no scanner
)

// scanned is an image and what its scans have found.
type scanned struct {
	Name     string    `json:"name"` // of the build
	Services []string  `json:"services"`
	State    scanState `json:"state"`
	Scans    []scan    `json:"scans"`
}

// scan is one run of a scanner.
type scan struct {
	Scanner  string `json:"scanner"` // grype, trivy, govulncheck, or the command that a service names
	Of       string `json:"of"`      // the image, the Go module's directory, or the service
	ExitCode int    `json:"exit_code"`
	// Report is what grype, trivy or govulncheck wrote, in its own form.
	Report json.RawMessage `json:"report,omitempty"`
}

// scans is the document of build:scan -json.
type scans struct {
	Version     int       `json:"version"`
	Project     string    `json:"project"`
	Environment string    `json:"environment"`
	OK          bool      `json:"ok"`
	Images      []scanned `json:"images"`
	Error       string    `json:"error,omitempty"`
	ExitCode    int       `json:"exit_code"`
}

// scansVersion: 1 had the findings of govulncheck in a form of its own.
const scansVersion = 2

// Scan looks for known vulnerabilities: by the command that a service names
// as x-spellbook: {scan: [command, argument…]}, else by the first of grype, trivy
// and, for a Go module, govulncheck that is installed. The scanner's exit code
// decides: with another than 0 it fails with 1; it fails with 3 where an image
// was not scanned.
func Scan(ctx context.Context, w *app.Run, o ScanOptions) error {
	doc := scans{Version: scansVersion, Images: []scanned{}}
	failed := func(project, text string, code int) any {
		doc.Project, doc.OK, doc.Error, doc.ExitCode = project, false, text, code
		return doc
	}
	return withOperation(ctx, w, Options{All: true, Services: o.Services, JSON: o.JSON}, failed, func(ctx context.Context, b *Operation) error {
		doc.Project, doc.Environment = b.Project.Name, b.Project.Env
		x := &scanner{Operation: b, modules: map[string]scan{}}
		list, err := x.all(ctx)
		if err != nil {
			return err
		}
		doc.Images = list
		return x.conclude(doc)
	})
}

// conclude shows what was found, and is the error that it comes to.
func (x *scanner) conclude(doc scans) error {
	verdict := verdictOf(doc.Images)
	if doc.OK = verdict == nil; !doc.OK {
		doc.Error, doc.ExitCode = verdict.Message, int(verdict.Code)
	}
	if err := x.show(doc); err != nil || verdict == nil {
		return err
	}
	return verdict
}

// scanner is one build:scan at work.
type scanner struct {
	*Operation
	modules    map[string]scan // by directory: several images may be of one module
	identified bool            // the keys are known
}

func (x *scanner) all(ctx context.Context) ([]scanned, error) {
	services, err := x.sections()
	if err != nil {
		return nil, err
	}
	if err := x.Choose(services); err != nil {
		return nil, err
	}
	list := make([]scanned, 0, len(x.Chosen))
	for _, one := range x.Chosen {
		got, err := x.image(ctx, one)
		if err != nil {
			return nil, err
		}
		list = append(list, got)
	}
	return list, nil
}

// image scans one image: by the commands of its services where they have some,
// and else by what is installed.
func (x *scanner) image(ctx context.Context, one plan.Build) (scanned, error) {
	got := scanned{Name: one.Name, Services: one.Services, State: scanMissing, Scans: []scan{}}
	hooks, off, err := x.hooks(one)
	switch {
	case err != nil:
		return got, err
	case len(hooks) > 0:
		err = x.runHooks(ctx, one, hooks, &got)
	case off:
		got.State = scanOff
	default:
		err = x.runInstalled(ctx, one, &got)
	}
	for _, s := range got.Scans {
		if s.ExitCode != 0 {
			got.State = scanFound
		} else if got.State == scanMissing {
			got.State = scanClean
		}
	}
	return got, err
}

// verdictOf is the error of the whole run: nil where all is clean.
func verdictOf(list []scanned) *failure.Error {
	var refused, missing []string
	for _, one := range list {
		if one.State == scanMissing {
			missing = append(missing, one.Services[0])
		}
		for _, s := range one.Scans {
			if s.ExitCode != 0 {
				refused = append(refused, fmt.Sprintf("%s exited with code %d for %s", s.Scanner, s.ExitCode, s.Of))
			}
		}
	}
	switch {
	case len(refused) > 0:
		return failure.New(failure.Unexpected, "%s", refused[0]).WithDetails(refused[1:]...).WithHint("what it found stands above")
	case len(missing) > 0:
		return failure.New(failure.Preflight, "not scanned: %s", Join(missing)).
			WithHint("install grype or trivy (for a Go module, govulncheck does as well), or name a scanner in the Compose file, x-spellbook: {scan: [command, $$IMAGE]}, or {scan: false}")
	}
	return nil
}

// show writes the document, or a line for each image.
func (x *scanner) show(doc scans) error {
	if x.Options.JSON {
		return report.Document(x.Run.Out, doc)
	}
	for _, one := range doc.Images {
		if err := x.Run.Say("%s\n", one.line()); err != nil {
			return err
		}
	}
	return nil
}

// line sums an image up: "api (agent, api): clean; apps/backend by govulncheck".
func (s scanned) line() string {
	text := s.Name
	if len(s.Services) > 1 {
		text += " (" + Join(s.Services) + ")"
	}
	text += ": " + string(s.State)
	for _, one := range s.Scans {
		text += "; " + one.Of + " by " + one.Scanner
	}
	return text
}
