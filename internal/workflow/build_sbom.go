package workflow

import (
	"context"
	"encoding/json"
	"path"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/sbom"
)

// BuildSBOMOptions are the flags of build:sbom.
type BuildSBOMOptions struct {
	Services []string // empty: every build section
	// Out is a directory for NAME.spdx.json of each image, or for one document
	// a file that ends with .json. Empty: standard output, for one document.
	Out       string
	Manifests bool // from the manifests, even where BuildKit could attest
	JSON      bool
}

// bill is the SPDX document of one image, or of one platform of it.
type bill struct {
	Name     string          `json:"name"` // of the build
	Services []string        `json:"services"`
	Image    string          `json:"image"` // with the key
	Platform string          `json:"platform,omitempty"`
	Source   string          `json:"source"`         // "BuildKit's attestation", or the manifests
	Packages int             `json:"packages"`       // the image and its applications not among them
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

// BuildSBOM writes what the images are made of as SPDX 2.3: attested by BuildKit
// where the builder can, else from the manifests in their sources. All documents
// are made before the first is written.
func (w *Workflow) BuildSBOM(ctx context.Context, o BuildSBOMOptions) error {
	w.survivePipe()
	shown, project := false, ""
	err := w.guarded(ctx, func(ctx context.Context) error {
		s, err := w.openBuilds(ctx, true)
		if err != nil {
			return err
		}
		defer s.close()
		project = s.project.Name
		i := &inventory{building: &building{session: s, o: BuildOptions{All: true, Services: o.Services}, began: w.Now(), format: w.format(o.JSON)}, o: o}
		list, err := i.take(ctx)
		if err != nil {
			return err
		}
		shown = true
		return quietPipe(i.hand(list))
	})
	return w.mishap(o.JSON && !shown, err, func(text string, code int) any {
		return bills{Version: 1, Project: project, Images: []bill{}, Error: text, ExitCode: code}
	})
}

// inventory is one build:sbom at work.
type inventory struct {
	*building
	o BuildSBOMOptions
}

// take makes the documents of all images.
func (i *inventory) take(ctx context.Context) ([]bill, error) {
	if err := i.identify(ctx); err != nil {
		return nil, err
	}
	attests, err := i.attests(ctx)
	if err != nil {
		return nil, err
	}
	var list []bill
	for _, one := range i.chosen {
		describe := i.listed
		if attests {
			describe = i.attested
		}
		more, err := describe(ctx, one)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, i.fits(list)
}

// attests: the builder can, which BuildKit inside an engine cannot, but for
// engines with containerd's image store.
func (i *inventory) attests(ctx context.Context) (bool, error) {
	switch {
	case i.o.Manifests:
		return false, nil
	case i.builder.Driver != "docker":
		return true, nil
	}
	return i.client.MultiPlatform(ctx)
}

// listed makes a document from what the image's programs and the manifests in
// its sources say.
func (i *inventory) listed(ctx context.Context, one plan.Build) ([]bill, error) {
	programs, err := i.programs(ctx, one)
	if err != nil {
		return nil, err
	}
	manifests, err := i.manifests(one)
	if err != nil {
		return nil, err
	}
	list := instead(manifests, programs)
	if len(list) == 0 {
		return nil, failure.New(failure.Preflight, "build %s: its Dockerfile copies no manifest that could be read", image.Repository(one)).
			WithHint("choose others by -services, or a builder that attests: docker buildx create --use --driver docker-container")
	}
	created := i.w.Now()
	if at := i.commit(ctx, one).time; at > 0 {
		created = time.Unix(at, 0)
	}
	doc := sbom.Document(sbom.Image{Repository: image.Repository(one), Key: i.records[one.Name].Key, Services: one.Services, Created: created}, list)
	b := i.bill(one)
	b.Source, b.Packages = origins(list), len(doc.Packages)-1-len(list)
	b.Document, err = sbom.Encode(doc)
	return []bill{b}, err
}

// manifests reads those in a build's sources.
func (i *inventory) manifests(one plan.Build) ([]sbom.Manifest, error) {
	c, err := i.contextOf(one, i.inputs[one.Name].Trees[""].Files)
	if err != nil {
		return nil, err
	}
	found, err := c.manifests(one)
	if err != nil {
		return nil, err
	}
	list := make([]sbom.Manifest, 0, len(found))
	for _, f := range found {
		m, err := c.read(f)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

func (i *inventory) bill(one plan.Build) bill {
	return bill{Name: one.Name, Services: one.Services, Image: image.KeyTag(one, i.records[one.Name].Key)}
}

// origins names what manifests were read from: "go.mod of apps/backend".
func origins(list []sbom.Manifest) string {
	var names []string
	for _, m := range list {
		dir, name := path.Split(m.Origin)
		if strings.HasPrefix(m.Origin, sbom.BuildInformation) {
			dir, name = "", m.Origin
		}
		if dir != "" {
			name += " of " + strings.TrimSuffix(dir, "/")
		}
		names = append(names, name)
	}
	return join(names)
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
	return failure.New(failure.Usage, "these are %d documents: %s", len(list), join(names)).
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
		return report.Document(i.w.Out, bills{Version: 1, Project: i.project.Name, Environment: i.project.Env, Images: list})
	}
	if i.o.Out == "" {
		_, err := i.w.Out.Write(list[0].Document)
		return err
	}
	return nil
}
