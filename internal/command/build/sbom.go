package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// SBOMOptions are the flags of build:sbom.
type SBOMOptions struct {
	Services []string // empty: every build section
	// Out is a directory for NAME.spdx.json of each image, or for one document
	// a file that ends with .json. Empty: standard output, for one document.
	Out  string
	Tool string // syft or trivy, even where BuildKit could attest; empty chooses
	JSON bool
}

// bill is the SPDX document of one image, or of one platform of it.
type bill struct {
	Name     string          `json:"name"` // of the build
	Services []string        `json:"services"`
	Image    string          `json:"image"` // with the key
	Platform string          `json:"platform,omitempty"`
	Source   string          `json:"source"`         // "BuildKit's attestation", the tool, or "Go's build information"
	Packages int             `json:"packages"`       // that the document lists, the image itself among them
	File     string          `json:"file,omitempty"` // where it was written
	Document json.RawMessage `json:"document,omitempty"`
}

// bills is the document of build:sbom -json.
type bills struct {
	Version     int    `json:"version"`
	Project     string `json:"project"`
	Environment string `json:"environment"`
	Images      []bill `json:"images"`
	Error       string `json:"error,omitempty"`
	ExitCode    int    `json:"exit_code"`
}

// SBOM writes what the images are made of as SPDX: attested by BuildKit
// where the builder can, else by the user's own tool from the image that the
// engine has, else by what Go programs in it say of themselves. All documents are
// made before the first is written.
func SBOM(ctx context.Context, w *app.Run, o SBOMOptions) error {
	w.SurviveClosedPipe()
	failed := func(project, text string, code int) any {
		return bills{Version: 1, Project: project, Images: []bill{}, Error: text, ExitCode: code}
	}
	return withOperation(ctx, w, Options{All: true, Services: o.Services, JSON: o.JSON}, failed, func(ctx context.Context, b *Operation) error {
		i := &inventory{Operation: b, o: o}
		list, err := i.take(ctx)
		if err != nil {
			return err
		}
		return app.IgnoreClosedPipe(i.hand(list))
	})
}

// inventory is one build:sbom at work.
type inventory struct {
	*Operation
	o    SBOMOptions
	tool string // that describes images; empty where BuildKit attests
}

// take makes the documents of all images.
func (i *inventory) take(ctx context.Context) ([]bill, error) {
	if t := i.o.Tool; t != "" && !slices.Contains(sbomTools, t) {
		return nil, failure.New(failure.Usage, "-tool=%s is not known", t).WithHint("-tool is one of %s", Join(sbomTools))
	}
	if err := i.prepare(); err != nil {
		return nil, err
	}
	var asked []bill // one of each image, or more where there are several platforms
	for _, one := range i.Chosen {
		asked = append(asked, bill{Name: one.Name, Services: one.Services})
	}
	if err := i.fits(asked); err != nil {
		return nil, err
	}
	list, err := i.described(ctx)
	if err != nil {
		return nil, err
	}
	return list, i.fits(list)
}

// described are the documents by the best source that there is.
func (i *inventory) described(ctx context.Context) ([]bill, error) {
	attests, err := i.attests(ctx)
	if err != nil {
		return nil, err
	}
	if attests {
		if err := i.identify(ctx, true); err != nil {
			return nil, err
		}
		list, err := i.each(ctx, i.attested)
		if err == nil || ctx.Err() != nil {
			return list, err
		}
		return i.atHand(ctx, err)
	}
	if i.tool, err = i.findTool(); err != nil {
		return i.atHand(ctx, err)
	}
	if err := i.identify(ctx, false); err != nil {
		return nil, err
	}
	return i.each(ctx, i.listed)
}

func (i *inventory) each(ctx context.Context, describe func(context.Context, plan.Build) ([]bill, error)) ([]bill, error) {
	var list []bill
	for _, one := range i.Chosen {
		more, err := describe(ctx, one)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// findTool is the one that was asked for, or the first that is installed.
func (i *inventory) findTool() (string, error) {
	names := sbomTools
	if i.o.Tool != "" {
		names = []string{i.o.Tool}
	}
	if tool := firstInstalled(i.Environ, names...); tool != "" {
		return tool, nil
	}
	return "", failure.New(failure.Preflight, "an SBOM needs %s, which is not installed", strings.Join(names, " or ")).
		WithHint("install it, or use a builder that attests: docker buildx create --use --driver docker-container")
}

// attests: the builder can, which BuildKit inside an engine cannot, but for
// engines with containerd's image store.
func (i *inventory) attests(ctx context.Context) (bool, error) {
	switch {
	case i.o.Tool != "":
		return false, nil
	case i.builder.Driver != "docker":
		return true, nil
	}
	return i.Client.MultiPlatform(ctx)
}

// listed has the user's tool describe the image that the engine has.
func (i *inventory) listed(ctx context.Context, one plan.Build) ([]bill, error) {
	ref, err := i.builtImage(ctx, one)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := runTool(ctx, i.Session, sbomArgv(i.tool, ref), &out); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, failure.New(failure.Unexpected, "describe image %q: %w", ref, err).WithHint("what %s said stands above", i.tool)
	}
	b := i.bill(one)
	b.Source, b.Document = i.tool, out.Bytes()
	if b.Packages, err = countPackages(b.Document); err != nil {
		return nil, failure.New(failure.Unexpected, "describe image %q: read output of %s: %w", ref, i.tool, err)
	}
	return []bill{b}, nil
}

// countPackages tells an SPDX document from anything else, and how much it
// lists.
func countPackages(document []byte) (int, error) {
	var doc struct {
		Version  string     `json:"spdxVersion"`
		Packages []struct{} `json:"packages"`
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return 0, err
	}
	if doc.Version == "" {
		return 0, errors.New("it is no SPDX document")
	}
	return len(doc.Packages), nil
}

func (i *inventory) bill(one plan.Build) bill {
	return bill{Name: one.Name, Services: one.Services, Image: image.KeyTag(one, i.Records[one.Name].Key)}
}

// fits refuses several documents for one file or for standard output.
func (i *inventory) fits(list []bill) error {
	if len(list) < 2 || i.o.JSON && i.o.Out == "" || i.o.Out != "" && !isFile(i.o.Out) {
		return nil
	}
	var names []string
	for _, b := range list {
		names = append(names, strings.TrimSpace(b.Name+" "+b.Platform))
	}
	return failure.New(failure.Usage, "these are %d documents: %s", len(list), Join(names)).
		WithHint("-out=DIR for all of them, or -services=%s for one", list[0].Services[0])
}

func isFile(out string) bool { return strings.HasSuffix(out, ".json") }

// hand writes the documents where they are wanted, and a line about each.
func (i *inventory) hand(list []bill) error {
	for n := range list {
		if i.o.Out == "" {
			continue
		}
		if err := i.save(&list[n]); err != nil {
			return err
		}
	}
	if err := i.tellSources(list); err != nil {
		return err
	}
	if i.o.JSON {
		return report.Document(i.Run.Out, bills{Version: 1, Project: i.Project.Name, Environment: i.Project.Env, Images: list})
	}
	if i.o.Out == "" {
		_, err := i.Run.Out.Write(list[0].Document)
		return err
	}
	return nil
}
