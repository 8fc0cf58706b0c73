package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// API is the version of the contract that this Spellbook speaks.
const API = 1

// ReadManifest reads a manifest as the cache has it, and checks it: the cache
// is a file like any other.
func ReadManifest(data []byte) (Manifest, error) {
	var m Manifest
	if len(data) > MaxManifest {
		return m, fmt.Errorf("a manifest of %d bytes, %d are the most", len(data), MaxManifest)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return Manifest{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Manifest{}, errors.New("something follows the manifest")
	}
	if err := m.check(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// FromProto is a plugin's own answer, checked.
func FromProto(p *pluginv1.Manifest) (Manifest, error) {
	if p == nil {
		return Manifest{}, errors.New("it gave no manifest")
	}
	if size := proto.Size(p); size > MaxManifest {
		return Manifest{}, fmt.Errorf("a manifest of %d bytes, %d are the most", size, MaxManifest)
	}
	m := Manifest{
		Name: p.GetName(), Version: p.GetVersion(), APIMin: number(p.GetApi().GetMin()), APIMax: number(p.GetApi().GetMax()),
		Summary: p.GetSummary(), Docs: p.GetDocs(), Capabilities: p.GetCapabilities(),
	}
	for _, s := range p.GetServices() {
		m.Services = append(m.Services, Service{Name: s.GetName(), Summary: s.GetSummary(), Probed: s.GetProbed(), Optional: s.GetOptional()})
	}
	for _, v := range p.GetVariables() {
		m.Variables = append(m.Variables, Variable{
			Name: v.GetName(), Summary: v.GetSummary(), Type: v.GetType(), Default: v.GetDefault(),
			Required: v.GetRequired(), Secret: v.GetSecret(), Generate: number(v.GetGenerate()),
		})
	}
	for _, e := range p.GetEndpoints() {
		m.Endpoints = append(m.Endpoints, Endpoint{Name: e.GetName(), Service: e.GetService(), Port: port(e.GetPort()), Scheme: e.GetScheme()})
	}
	for _, c := range p.GetCommands() {
		m.Commands = append(m.Commands, command(c))
	}
	for _, h := range p.GetHooks() {
		m.Hooks = append(m.Hooks, Hook{Phase: Phases[h.GetPhase()], Summary: h.GetSummary(), Timeout: timeout(h)})
	}
	for _, k := range p.GetPermissions() {
		m.Permissions = append(m.Permissions, Permission{Key: k.GetKey(), Reason: k.GetReason()})
	}
	if err := m.check(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

func command(c *pluginv1.Command) Command {
	out := Command{Name: c.GetName(), Summary: c.GetSummary(), Endless: c.GetEndless()}
	for _, a := range c.GetArguments() {
		out.Arguments = append(out.Arguments, Argument{Name: a.GetName(), Summary: a.GetSummary()})
	}
	for _, f := range c.GetFlags() {
		out.Flags = append(out.Flags, Flag{Name: f.GetName(), Summary: f.GetSummary(), Type: protoFlagTypes[f.GetType()], Default: f.GetDefault()})
	}
	return out
}

var protoFlagTypes = map[pluginv1.FlagType]string{
	pluginv1.FlagType_FLAG_TYPE_STRING:   "string",
	pluginv1.FlagType_FLAG_TYPE_BOOL:     "bool",
	pluginv1.FlagType_FLAG_TYPE_INT:      "int",
	pluginv1.FlagType_FLAG_TYPE_DURATION: "duration",
}

// Phases are those of a hook, by their number in the contract.
var Phases = map[pluginv1.Phase]string{
	pluginv1.Phase_PHASE_PRE_UP:     "pre_up",
	pluginv1.Phase_PHASE_POST_READY: "post_ready",
	pluginv1.Phase_PHASE_PRE_DOWN:   "pre_down",
}

// timeout: what is not valid becomes one that check refuses.
func timeout(h *pluginv1.Hook) time.Duration {
	if h.GetTimeout() != nil && h.GetTimeout().CheckValid() != nil {
		return -1
	}
	return h.GetTimeout().AsDuration()
}

func number(n uint32) int { return int(min(n, math.MaxInt32)) }

// port is 0, which check refuses, for what is none.
func port(n uint32) uint16 {
	if n > math.MaxUint16 {
		return 0
	}
	return uint16(n)
}

// Digest is over all of a manifest, hex: what the lock remembers of it.
func (m Manifest) Digest() string {
	data, _ := json.Marshal(m) // a struct of texts and numbers
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Speaks refuses a plugin of another contract.
func (m Manifest) Speaks() error {
	if m.APIMin <= API && API <= m.APIMax {
		return nil
	}
	return failure.New(failure.Preflight, "plugin %q speaks API %d to %d, this Spellbook %d", m.Name, m.APIMin, m.APIMax, API).
		WithHint("build the plugin against this Spellbook's plugins/sdk, or update Spellbook")
}
