package sdk

import (
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// ToManifest is what the host learns of a plugin. The same value gives the same
// manifest.
func ToManifest(p Plugin) *pluginv1.Manifest {
	m := &pluginv1.Manifest{
		Name: p.Name, Version: p.Version, Summary: p.Summary, Docs: p.Docs,
		Api:          &pluginv1.ApiRange{Min: pluginv1.ProtocolVersion, Max: pluginv1.ProtocolVersion},
		Capabilities: capabilities(p),
	}
	for _, s := range p.Services {
		m.Services = append(m.Services, &pluginv1.Service{Name: s.Name, Summary: s.Summary, Probed: s.Probe != nil, Optional: s.Optional})
	}
	for _, v := range p.Variables {
		m.Variables = append(m.Variables, v.proto())
	}
	for _, e := range p.Endpoints {
		m.Endpoints = append(m.Endpoints, &pluginv1.Endpoint{Name: e.Name, Service: e.Service, Port: unsigned(e.Port), Scheme: e.Scheme})
	}
	for _, c := range p.Commands {
		m.Commands = append(m.Commands, c.proto())
	}
	for _, h := range p.Hooks {
		hook := &pluginv1.Hook{Phase: h.Phase.proto(), Summary: h.Summary}
		if h.Timeout != 0 {
			hook.Timeout = durationpb.New(h.Timeout)
		}
		m.Hooks = append(m.Hooks, hook)
	}
	for _, permission := range p.Permissions {
		m.Permissions = append(m.Permissions, &pluginv1.Permission{Key: permission.Key, Reason: permission.Reason})
	}
	return m
}

// capabilities are those that the plugin's functions make up.
func capabilities(p Plugin) (list []string) {
	if p.Validate != nil {
		list = append(list, pluginv1.CanValidate)
	}
	for _, s := range p.Services {
		if s.Probe != nil {
			list = append(list, pluginv1.CanProbe)
			break
		}
	}
	if len(p.Hooks) > 0 {
		list = append(list, pluginv1.CanHooks)
	}
	if len(p.Commands) > 0 {
		list = append(list, pluginv1.CanCommands)
	}
	if p.Backup != nil && p.Restore != nil {
		list = append(list, pluginv1.CanBackup)
	}
	return list
}

func (v Variable) proto() *pluginv1.Variable {
	if v.Type == "" {
		v.Type = "string"
	}
	return &pluginv1.Variable{
		Name: v.Name, Summary: v.Summary, Type: v.Type, Default: v.Default,
		Required: v.Required, Secret: v.Secret, Generate: unsigned(v.Generate),
	}
}

func (c Command) proto() *pluginv1.Command {
	command := &pluginv1.Command{Name: c.Name, Summary: c.Summary, Endless: c.Endless}
	for _, a := range c.Arguments {
		command.Arguments = append(command.Arguments, &pluginv1.Argument{Name: a.Name, Summary: a.Summary})
	}
	for _, f := range c.Flags {
		command.Flags = append(command.Flags, &pluginv1.Flag{Name: f.Name, Summary: f.Summary, Type: f.Type.proto(), Default: f.Default})
	}
	return command
}

func (t FlagType) proto() pluginv1.FlagType {
	if t < String || t > Duration {
		return pluginv1.FlagType_FLAG_TYPE_UNSPECIFIED
	}
	return pluginv1.FlagType(t) + pluginv1.FlagType_FLAG_TYPE_STRING
}

func (p Phase) proto() pluginv1.Phase {
	if p < PreUp || p > PreDown {
		return pluginv1.Phase_PHASE_UNSPECIFIED
	}
	return pluginv1.Phase(p)
}

// unsigned takes a negative number for none; the checks find it as a 0.
func unsigned(n int) uint32 {
	return uint32(max(n, 0))
}
