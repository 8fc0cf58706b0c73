package build

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/infinitescribe/spellbook/internal/bake"
	"github.com/infinitescribe/spellbook/internal/buildlog"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// attestation is one that BuildKit has put beside an image's files.
type attestation struct {
	platform  string // linux/amd64; "" where there is one alone
	statement []byte
}

// maxAttestation bounds what is kept of one, in bytes.
const maxAttestation = 256 << 20

// attested has BuildKit scan what it has built. What is in its cache is not
// built again. The image's files come as an archive, of which nothing is kept
// but the attestations.
func (i *inventory) attested(ctx context.Context, one plan.Build) ([]bill, error) {
	target := i.labelled(ctx, one)
	target.Tags = nil
	if target.SBOM == "" || target.SBOM == "false" {
		target.SBOM = "true"
	}
	builds := append([]plan.Build{target}, i.linkedTo(one)...)
	log := buildlog.New(func(engine.Note) {})
	var found []attestation
	_, err := i.send(ctx, builds, func(builds []plan.Build) error {
		return i.export(ctx, builds, log, func(archive io.Reader) (err error) {
			if found, err = attestations(archive); err == nil && len(found) == 0 {
				err = errors.New("BuildKit attested no software")
			}
			return err
		})
	})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, notAttested(one, log, err)
	}
	var list []bill
	for _, a := range found {
		b := i.bill(one)
		b.Platform, b.Source = a.platform, "BuildKit's attestation"
		if b.Document, err = predicate(a.statement); err == nil {
			b.Packages, err = countPackages(b.Document)
		}
		if err != nil {
			return nil, notAttested(one, log, fmt.Errorf("read attestation: %w", err))
		}
		list = append(list, b)
	}
	return list, nil
}

// predicate is the SPDX document in an attestation, which is an in-toto
// statement, as its scanner wrote it, but indented.
func predicate(statement []byte) ([]byte, error) {
	var s struct {
		Type      string          `json:"predicateType"`
		Predicate json.RawMessage `json:"predicate"`
	}
	if err := json.Unmarshal(statement, &s); err != nil {
		return nil, err
	}
	if s.Type != "https://spdx.dev/Document" {
		return nil, fmt.Errorf("%q is no SPDX document", s.Type)
	}
	var b bytes.Buffer
	err := json.Indent(&b, s.Predicate, "", "  ")
	b.WriteByte('\n')
	return b.Bytes(), err
}

// linkedTo are the other builds that a build's contexts name.
func (i *inventory) linkedTo(one plan.Build) []plan.Build {
	narrow := &Operation{all: i.all, Chosen: []plan.Build{one}}
	var list []plan.Build
	for _, other := range narrow.Needed() {
		if other.Name != one.Name {
			list = append(list, other)
		}
	}
	return list
}

// export runs the build and has its archive read.
func (i *inventory) export(ctx context.Context, builds []plan.Build, log io.Writer, use func(io.Reader) error) error {
	file, err := bake.File(builds)
	if err != nil {
		return err
	}
	argv := append(bake.Argv(bake.Options{Target: builds[0].Name, Builds: builds}),
		"--set", builds[0].Name+".output=type=tar,dest=-")
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := local.Run(ctx, local.Command{Argv: argv, Dir: i.Layout.Root, Env: append(i.Environ[:len(i.Environ):len(i.Environ)], i.secrets(builds)...),
			Stdin: bytes.NewReader(file), Stdout: write, Stderr: log})
		_ = write.Close()
		ended <- err
	}()
	broken := use(read)
	_, _ = io.Copy(io.Discard, read) // so that the command can end
	return cmp.Or(<-ended, broken)
}

// attestations reads sbom.spdx.json at the top of an archive, or below
// linux_amd64 and its like where there are several platforms. Those of further
// stages, which BUILDKIT_SBOM_SCAN_STAGE asks for, are called sbom-STAGE.spdx.json.
func attestations(archive io.Reader) ([]attestation, error) {
	var list []attestation
	r := tar.NewReader(archive)
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, fmt.Errorf("read what was built: %w", err)
		}
		dir, name := path.Split(strings.TrimPrefix(path.Clean(header.Name), "/"))
		dir = strings.TrimSuffix(dir, "/")
		if !strings.HasPrefix(name, "sbom") || !strings.HasSuffix(name, ".spdx.json") || dir != "" && !strings.HasPrefix(dir, "linux_") && !strings.HasPrefix(dir, "windows_") {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(r, maxAttestation))
		if err != nil {
			return list, fmt.Errorf("read what was built: %w", err)
		}
		list = append(list, attestation{platform: strings.ReplaceAll(dir, "_", "/") + stage(name), statement: text})
	}
}

// stage is which further stage an attestation is of.
func stage(name string) string {
	return strings.TrimSuffix(strings.TrimPrefix(name, "sbom"), ".spdx.json")
}

// notAttested says why, and that there is another way.
func notAttested(one plan.Build, log *buildlog.Log, err error) error {
	reason := err.Error()
	if f := log.Failure(); f != nil {
		reason = f.Reason
	}
	return failure.New(failure.Preflight, "build %s: no attestation from BuildKit: %s", image.Repository(one), reason).
		WithHint("can the builder pull its scanner, docker/buildkit-syft-scanner? -tool=syft has your own syft look into the image instead")
}
