package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/sbom/govulncheck"
)

// BuildScanOptions are the flags of build:scan.
type BuildScanOptions struct {
	Services []string // empty: every build section
	JSON     bool
}

// scanState is what came of the scans of an image.
type scanState string

// The states.
const (
	scanClean   scanState = "clean"       // nothing that can be reached
	scanFound   scanState = "vulnerable"  // a vulnerability can be reached, or the user's own scanner says no
	scanOff     scanState = "off"         // x-spellbook: {scan: false}
	scanMissing scanState = "not scanned" // nobody knows how
)

// scanned is an image and what its scans have found.
type scanned struct {
	Name     string    `json:"name"` // of the build
	Services []string  `json:"services"`
	State    scanState `json:"state"`
	Scans    []scan    `json:"scans"`
	// Unread are manifests that no scanner has looked at.
	Unread []string `json:"unread,omitempty"`
}

// scan is one run of a scanner.
type scan struct {
	Scanner  string                `json:"scanner"` // "govulncheck v1.9.0, from PATH", or the user's own command
	Of       string                `json:"of"`      // the module's directory, or the service
	ExitCode int                   `json:"exit_code"`
	Findings []govulncheck.Finding `json:"findings"` // of govulncheck alone
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

// BuildScan looks for known vulnerabilities: in Go modules by govulncheck, which
// needs no engine, and by the command that a service names as x-spellbook: {scan:
// [command, argument…]}, whose exit code decides. It fails with 1 where a
// vulnerability can be reached, and with 3 where an image was not scanned.
func (w *Workflow) BuildScan(ctx context.Context, o BuildScanOptions) error {
	var doc scans
	shown := false
	err := w.guarded(ctx, func(ctx context.Context) error {
		s, err := w.openBuilds(ctx, true)
		if err != nil {
			return err
		}
		defer s.close()
		doc.Version, doc.Project, doc.Environment = 1, s.project.Name, s.project.Env
		x := &scanner{building: &building{session: s, o: BuildOptions{All: true, Services: o.Services}, began: w.Now(), format: w.format(o.JSON)},
			json: o.JSON, modules: map[string]scan{}}
		if doc.Images, err = x.all(ctx); err != nil {
			doc.Images = nil
			return err
		}
		verdict := x.verdict(doc.Images)
		if doc.OK = verdict == nil; !doc.OK {
			doc.Error, doc.ExitCode = verdict.Message, int(verdict.Code)
		}
		shown = true
		if err := x.show(doc); err != nil || verdict == nil {
			return err
		}
		return verdict
	})
	return w.mishap(o.JSON && !shown, err, func(text string, code int) any {
		return scans{Version: 1, Project: doc.Project, Environment: doc.Environment, Images: []scanned{}, Error: text, ExitCode: code}
	})
}

// scanner is one build:scan at work.
type scanner struct {
	*building
	json       bool
	modules    map[string]scan // by directory: several images may be of one module
	identified bool            // the keys are known
}

func (x *scanner) all(ctx context.Context) ([]scanned, error) {
	services, err := x.sections()
	if err != nil {
		return nil, err
	}
	if err := x.choose(services); err != nil {
		return nil, err
	}
	list := make([]scanned, 0, len(x.chosen))
	for _, one := range x.chosen {
		got, err := x.image(ctx, one)
		if err != nil {
			return nil, err
		}
		list = append(list, got)
	}
	return list, nil
}

// image scans one image: by the commands of its services where they have some,
// and else the Go modules in it.
func (x *scanner) image(ctx context.Context, one plan.Build) (scanned, error) {
	got := scanned{Name: one.Name, Services: one.Services, State: scanMissing, Scans: []scan{}}
	hooks, off, err := x.hooks(one)
	if err != nil {
		return got, err
	}
	switch {
	case len(hooks) > 0:
		err = x.runHooks(ctx, one, hooks, &got)
	case off:
		got.State = scanOff
	case image.Local(one.Context):
		err = x.scanModules(ctx, one, &got)
	}
	for _, s := range got.Scans {
		if got.State != scanFound {
			got.State = scanClean
		}
		if s.ExitCode != 0 || s.called() > 0 {
			got.State = scanFound
		}
	}
	return got, err
}

func (s scan) called() int { return govulncheck.Result{Findings: s.Findings}.Called() }

// verdict is the error of the whole run: nil where all is clean.
func (x *scanner) verdict(list []scanned) *failure.Error {
	if f := x.vulnerable(list); f != nil {
		return f
	}
	var missing []string
	for _, one := range list {
		if one.State == scanMissing {
			missing = append(missing, one.Services[0])
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return failure.New(failure.Preflight, "not scanned: %s", join(missing)).
		WithHint("name a scanner in the Compose file, x-spellbook: {scan: [trivy, image, --exit-code, \"1\", $$IMAGE]}, or {scan: false}")
}

// vulnerable is what can be reached, or what a user's scanner refused.
func (x *scanner) vulnerable(list []scanned) *failure.Error {
	var reached, refused, fixes []string
	for _, one := range list {
		for _, s := range one.Scans {
			if s.ExitCode != 0 {
				refused = append(refused, fmt.Sprintf("%s exited with code %d for %s", s.Scanner, s.ExitCode, s.Of))
			}
			for _, f := range s.Findings {
				if f.Use == govulncheck.Called && !slices.Contains(reached, f.ID) {
					reached, fixes = append(reached, f.ID), append(fixes, fix(s, f))
				}
			}
		}
	}
	fixes = slices.Compact(slices.DeleteFunc(fixes, func(text string) bool { return text == "" }))
	switch {
	case len(reached) > 0:
		f := failure.New(failure.Unexpected, "the code calls what is vulnerable: %s", join(reached)).WithDetails(refused...)
		return f.WithHint("%s", first(strings.Join(fixes, "; "), "no version has it fixed yet; use something else"))
	case len(refused) > 0:
		return failure.New(failure.Unexpected, "%s", refused[0]).WithDetails(refused[1:]...).WithHint("what it found stands above")
	}
	return nil
}

// fix is what to type against a finding; "" where nothing is fixed yet.
func fix(s scan, f govulncheck.Finding) string {
	switch {
	case f.Fixed == "":
		return ""
	case f.Module == "stdlib":
		return "build with Go " + strings.TrimPrefix(f.Fixed, "v")
	}
	return fmt.Sprintf("go -C %s get %s@%s", s.Of, f.Module, f.Fixed)
}

// show writes the document, or a table of what was found and a line for each
// image.
func (x *scanner) show(doc scans) error {
	if x.json {
		return report.Document(x.w.Out, doc)
	}
	return x.tables(doc.Images)
}
