package pluginhost

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
	"github.com/infinitescribe/spellbook/internal/state"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// rendered is a plugin's answer as the cache keeps it.
type rendered struct {
	Fragment    []byte                `json:"fragment"`
	Diagnostics []manifest.Diagnostic `json:"diagnostics"`
}

// isRefusal: the plugin found something that leaves it without a fragment.
func (r rendered) isRefusal() bool {
	return slices.ContainsFunc(r.Diagnostics, func(d manifest.Diagnostic) bool { return !d.Warning })
}

// Render is the plugin's Compose fragment for values, checked and kept by the
// binary and the values: no process starts for one that is known. What the
// plugin itself found is in the diagnostics; a fragment that may not be merged
// is an error with exit code 3 that names the keys to grant.
func (h *Host) Render(ctx context.Context, p *Plugin, project string, config map[string]string) ([]byte, []manifest.Diagnostic, error) {
	r, err := h.rendered(ctx, p, project, configOf(p.Manifest, config))
	if err != nil {
		return nil, nil, err
	}
	if r.isRefusal() {
		return nil, r.Diagnostics, nil
	}
	dir := h.Dir
	if dir == "" {
		dir = h.Root
	}
	if found := policy.CheckWithin(r.Fragment, p.Manifest, policy.Bounds{Granted: p.Granted, ForeignVariables: p.Foreign, Root: h.Root, Dir: dir, Places: h.Places}); len(found) > 0 {
		return nil, r.Diagnostics, p.refused(found)
	}
	return r.Fragment, r.Diagnostics, nil
}

// configOf are the values that the manifest declares and that are no secret,
// defaults filled in.
func configOf(m manifest.Manifest, values map[string]string) map[string]string {
	config := map[string]string{}
	for _, v := range m.Variables {
		if v.Secret {
			continue
		}
		if value, ok := values[v.Name]; ok && value != "" {
			config[v.Name] = value
		} else if v.Default != "" {
			config[v.Name] = v.Default
		}
	}
	return config
}

// rendered is from the cache, or the plugin is launched.
func (h *Host) rendered(ctx context.Context, p *Plugin, project string, config map[string]string) (rendered, error) {
	key, err := json.Marshal([]any{p.Sum, project, config}) // maps are written in the order of their keys
	if err != nil {
		return rendered{}, err
	}
	sum := sha256.Sum256(key)
	path := filepath.Join(h.Cache, "fragments", hex.EncodeToString(sum[:])+".json")
	if data, err := readAtMost(path, 4*policy.MaxFragment); err == nil {
		var r rendered
		if json.Unmarshal(data, &r) == nil {
			return r, nil
		}
	}
	proc, err := h.start(ctx, p.Manifest.Name, p.Binary, p.Sum, !p.Manifest.PlainText, h.log)
	if err != nil {
		return rendered{}, err
	}
	defer func() { _ = proc.Close() }()
	answer, err := proc.Render(ctx, &pluginv1.RenderRequest{Config: config, Project: project})
	if err != nil {
		return rendered{}, failed(failure.Preflight, err, nil)
	}
	r := rendered{Fragment: answer.GetFragment(), Diagnostics: diagnostics(answer.GetDiagnostics())}
	if r.isRefusal() {
		return r, nil // and not kept: it may have been a panic or a time-out
	}
	if data, err := json.Marshal(r); err == nil && len(r.Fragment) <= policy.MaxFragment {
		_ = state.Write(path, data) // it saves a launch, no more
	}
	return r, nil
}

// refused is the error for a fragment that may not be merged.
func (p *Plugin) refused(found []policy.Finding) error {
	err := failure.New(failure.Preflight, "the fragment of plugin %q is refused", p.Manifest.Name)
	var wanted, undeclared []string
	curable := true
	for _, f := range found {
		err.WithDetails(f.Summary)
		if f.Key == "" {
			curable = false
			continue
		}
		if key := p.asksFor(f.Key); key != "" {
			wanted = append(wanted, key)
		} else {
			undeclared = append(undeclared, f.Key)
		}
	}
	switch {
	case !curable:
		return err.WithHint("this is a defect of the plugin: tell its author")
	case len(undeclared) > 0 && p.Kind.IsOwn():
		return err.WithHint("declare the permission %s in its manifest", list(undeclared))
	case len(undeclared) > 0:
		return err.WithHint("its manifest does not ask for %s: tell its author", list(undeclared))
	}
	return err.WithHint("if it may: mage plugin:add %s -grant=%s", p.Source, list(wanted))
}

// asksFor is the permission of the manifest that includes key.
func (p *Plugin) asksFor(key string) string {
	for _, permission := range p.Asks() {
		if policy.Covers(permission.Key, key) {
			return permission.Key
		}
	}
	return ""
}

func list(keys []string) string {
	slices.Sort(keys)
	return strings.Join(slices.Compact(keys), ",")
}

// diagnostics are a plugin's own, readable on a terminal.
func diagnostics(list []*pluginv1.Diagnostic) []manifest.Diagnostic {
	var out []manifest.Diagnostic
	for _, d := range list {
		out = append(out, diagnostic(d))
	}
	return out
}

func diagnostic(d *pluginv1.Diagnostic) manifest.Diagnostic {
	return manifest.Diagnostic{
		Warning: d.GetSeverity() == pluginv1.Severity_SEVERITY_WARNING,
		Code:    manifest.Printable(d.GetCode()), Summary: manifest.Printable(d.GetSummary()), Path: manifest.Printable(d.GetPath()), Hint: manifest.Printable(d.GetHint()),
	}
}
