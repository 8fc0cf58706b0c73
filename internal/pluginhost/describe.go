package pluginhost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/fingerprint"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/process"
	"github.com/infinitescribe/spellbook/internal/state"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// manifest is what the plugin said of itself: it is asked once for each binary,
// and its answer kept by the binary's sum.
func (h *Host) manifest(ctx context.Context, name string, binary stamp) (manifest.Manifest, error) {
	path := filepath.Join(h.Cache, "manifests", binary.Sum+".json")
	if data, err := readAtMost(path, manifest.MaxManifest); err == nil {
		if m, err := manifest.ReadManifest(data); err == nil {
			return m, accept(m, name)
		}
	}
	m, err := h.ask(ctx, name, binary)
	if err != nil {
		return manifest.Manifest{}, err
	}
	if err := accept(m, name); err != nil {
		return manifest.Manifest{}, err
	}
	if data, err := json.Marshal(m); err == nil && len(data) <= manifest.MaxManifest {
		_ = state.Write(path, data) // it saves a launch, no more
	}
	return m, nil
}

// accept refuses a manifest of another plugin, or of another contract.
func accept(m manifest.Manifest, name string) error {
	if name != "" && m.Name != name {
		return failure.New(failure.Preflight, "plugin %q calls itself %q", name, m.Name).WithHint("its directory and its name must be the same")
	}
	return m.Speaks()
}

// ask launches a plugin for Describe.
func (h *Host) ask(ctx context.Context, name string, binary stamp) (manifest.Manifest, error) {
	isNew := name == ""
	if isNew {
		name = strings.TrimSuffix(filepath.Base(binary.Path), ".exe") // not known yet
	}
	// The libraries of other languages cannot all do TLS with keys that come by a
	// pipe. Without it the socket's directory, which is this user's alone, keeps
	// others out; process refuses a plugin that listens on TCP then.
	answer, err := h.describe(ctx, name, binary, true)
	var e *process.Error
	plain := errors.As(err, &e) && e.Code == process.Unreachable
	if plain {
		answer, err = h.describe(ctx, name, binary, false)
	}
	if err != nil {
		return manifest.Manifest{}, err
	}
	m, err := manifest.FromProto(answer)
	m.PlainText = plain
	switch {
	case err != nil && isNew:
		return manifest.Manifest{}, failure.New(failure.Preflight, "the manifest of plugin %q is refused: %w", name, err).
			WithHint("this is a defect of the plugin: tell its author")
	case err != nil:
		return manifest.Manifest{}, failure.New(failure.Preflight, "the manifest of plugin %q is refused: %w", name, err).
			WithHint("mage plugin:test %s shows all that is wrong", name)
	}
	return m, nil
}

// describe is one launch for Describe.
func (h *Host) describe(ctx context.Context, name string, binary stamp, mtls bool) (*pluginv1.Manifest, error) {
	proc, err := h.start(ctx, name, binary.Path, binary.Sum, mtls, h.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = proc.Close() }()
	answer, err := proc.Describe(ctx)
	if err != nil {
		return nil, failed(failure.Preflight, err, nil)
	}
	return answer, nil
}

// start runs the very file that has the sum: what is hashed is the open file,
// and that is what runs, whatever its path leads to by then.
func (h *Host) start(ctx context.Context, name, path, sum string, mtls bool, log func(Line)) (*process.Process, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, failure.New(failure.Preflight, "the binary of plugin %q cannot be opened: %w", name, err).WithHint("mage plugin:verify")
	}
	defer func() { _ = f.Close() }()
	got, err := fingerprint.Sum(f)
	if err != nil {
		return nil, fmt.Errorf("read plugin %q: %w", name, err)
	}
	if got != sum {
		return nil, tampered(name, path, sum, got)
	}
	launch := h.launch
	if launch == nil {
		launch = process.Start
	}
	p, err := launch(ctx, process.Spec{
		Name: name, File: f, Environ: h.pluginEnviron(), MTLS: mtls,
		Log: func(level, message string, fields map[string]string) {
			log(Line{Plugin: name, Level: level, Message: message, Fields: fields})
		},
	})
	if err != nil {
		return nil, failed(failure.Preflight, err, nil)
	}
	return p, nil
}

// pluginEnviron is all that a plugin inherits.
func (h *Host) pluginEnviron() []string {
	var list []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG"} {
		if value := h.getenv(name); value != "" {
			list = append(list, name+"="+value)
		}
	}
	return list
}

func (h *Host) log(l Line) {
	if h.Log != nil {
		h.Log(l.clean(nil))
	}
}

// clean is a log line that a terminal can show, without secrets.
func (l Line) clean(secrets map[string]string) Line {
	fields := make(map[string]string, len(l.Fields))
	for key, value := range l.Fields {
		fields[manifest.Printable(key)] = manifest.Printable(Masked(value, secrets))
	}
	l.Message, l.Fields = manifest.Printable(Masked(l.Message, secrets)), fields
	return l
}

// failed gives a plugin's failure an exit code and its hint; what it last wrote
// to stderr is shown without the secrets that it was given.
func failed(code failure.Code, err error, secrets map[string]string) error {
	var e *process.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Code == process.Canceled && e.Cause != nil {
		return e.Cause
	}
	out := failure.New(code, "%w", err)
	for _, text := range e.Output {
		out.WithDetails(manifest.Printable(Masked(text, secrets)))
	}
	if e.Hint == "" {
		return out.WithHint("mage plugin:test %s shows whether it keeps to the contract", e.Plugin)
	}
	return out.WithHint("%s", e.Hint)
}

// Masked is a text without the secrets of a run. Longer values are replaced first:
// one may begin with another. A value of several lines comes line by line as well,
// as a log has it.
func Masked(text string, secrets map[string]string) string {
	var values []string
	for _, value := range secrets {
		values = append(values, value)
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); line != value && len(line) >= telling {
				values = append(values, line)
			}
		}
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for _, value := range values {
		if value != "" {
			text = strings.ReplaceAll(text, value, "****")
		}
	}
	return text
}

// telling is how long a line of a secret has to be: a bracket alone is none.
const telling = 4
