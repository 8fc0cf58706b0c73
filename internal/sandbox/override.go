package sandbox

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/project"
)

// Options say what the Compose file of a stack has besides.
type Options struct {
	Ports  []Port            // as PortsOf has them
	Chosen map[string]uint16 // for each by its key, the first port on the host
	// IP is where the ports are: 127.0.0.1, or "" for what the files say, of which
	// loopback is every address.
	IP string
	// Tmpfs are the volumes that are to be in memory, with their owners: UID:GID, or
	// "" for root.
	Tmpfs map[string]string
	// Data are the directories in each service's containers that it keeps its data in,
	// as its image says.
	Data map[string][]string
}

// Override is the Compose file that is merged over those of p and makes the stack its
// own: no fixed names, no fixed addresses, no networks, volumes and data of others, and
// ports of its own. Notes say what is not as the files have it, where somebody may
// have meant it.
func Override(p *project.Project, o Options) (text []byte, notes []string, err error) {
	w := &writer{p: p, o: o}
	w.moved = w.data()
	root := mapping(
		"services", w.each(p.Services(), w.service),
		"networks", w.each(slices.Sorted(maps.Keys(p.Model.Networks)), w.network),
		"volumes", w.each(slices.Sorted(slices.Values(slices.Concat(w.own, slices.Collect(maps.Keys(p.Model.Volumes))))), w.volume))
	if len(w.bound) > 0 {
		w.note("these write to directories of this machine, which are the stack's as well: %s", strings.Join(w.bound, ", "))
	}
	var out bytes.Buffer
	out.WriteString("# Written by Spellbook: what makes this stack its own. Do not edit: test:up writes it anew.\n")
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, nil, fmt.Errorf("write Compose file of the stack: %w", err)
	}
	return out.Bytes(), w.notes, enc.Close()
}

type writer struct {
	p     *project.Project
	o     Options
	notes []string
	own   []string          // the keys of volumes that only the stack has
	moved map[string]string // these by the directories of this machine that they are instead of
	bound []string          // the others that are written to, with their services
}

func (w *writer) note(format string, args ...any) {
	w.notes = append(w.notes, fmt.Sprintf(format, args...))
}

// each is a mapping of those that there is anything to say of.
func (w *writer) each(names []string, of func(name string) *yaml.Node) *yaml.Node {
	all := mapping()
	for _, name := range names {
		if n := of(name); n != nil {
			all.Content = append(all.Content, scalar(name), n)
		}
	}
	return all
}

func (w *writer) service(name string) *yaml.Node {
	s := w.p.Model.Services[name]
	n := mapping()
	if s.ContainerName != "" {
		add(n, "container_name", reset())
	}
	if ports := w.ports(name, s.Ports); ports != nil {
		add(n, "ports", ports)
	}
	if networks := w.joined(s.Networks); networks != nil {
		add(n, "networks", networks)
	}
	if mounts := w.mounts(name, s.Volumes); mounts != nil {
		add(n, "volumes", mounts)
	}
	if s.NetworkMode == "host" {
		w.note("%s is on the host's own network (network_mode: host): what it listens on is not this stack's alone", name)
	}
	if len(n.Content) == 0 {
		return nil
	}
	return n
}

func (w *writer) ports(service string, all []types.ServicePortConfig) *yaml.Node {
	var list []any
	for i, port := range all {
		at := slices.IndexFunc(w.o.Ports, func(p Port) bool { return p.Service == service && p.Index == i })
		if at < 0 {
			return nil
		}
		one := w.o.Ports[at]
		port.Published = one.Text(w.o.Chosen[one.Key])
		switch {
		case w.o.IP != "":
			port.HostIP = w.o.IP
		case isLoopback(port.HostIP):
			port.HostIP = ""
		}
		list = append(list, port)
	}
	if list == nil {
		return nil
	}
	return override(list)
}

// joined are a service's networks where one of them has an address that is fixed.
func (w *writer) joined(networks map[string]*types.ServiceNetworkConfig) *yaml.Node {
	fixed, free := false, map[string]*types.ServiceNetworkConfig{}
	for name, n := range networks {
		free[name] = n
		if n != nil && (n.Ipv4Address != "" || n.Ipv6Address != "" || n.MacAddress != "" || len(n.LinkLocalIPs) > 0) {
			fixed = true
			own := *n
			own.Ipv4Address, own.Ipv6Address, own.MacAddress, own.LinkLocalIPs = "", "", "", nil
			free[name] = &own
		}
	}
	if !fixed {
		return nil
	}
	return override(free)
}

// bridgeName is the option that gives a network's interface a name of the machine's.
const bridgeName = "com.docker.network.bridge.name"

func (w *writer) network(key string) *yaml.Node {
	n := w.p.Model.Networks[key]
	_, bridge := n.DriverOpts[bridgeName]
	fixed := len(n.Ipam.Config) > 0
	if !bool(n.External) && !fixed && !bridge && isOwn(w.p, key, n.Name) {
		return nil
	}
	if bool(n.External) {
		w.note("network %s is others' (external: %s): the stack has one of its own instead, and reaches nothing that is on theirs", key, n.Name)
		return override(types.NetworkConfig{})
	}
	n.Name, n.Ipam = "", types.IPAMConfig{Driver: n.Ipam.Driver}
	n.DriverOpts = maps.Clone(n.DriverOpts)
	delete(n.DriverOpts, bridgeName)
	return override(n)
}

func (w *writer) volume(key string) *yaml.Node {
	if slices.Contains(w.own, key) {
		return mapping()
	}
	v := w.p.Model.Volumes[key]
	owner, tmpfs := w.o.Tmpfs[key]
	switch {
	case bool(v.External):
		w.note("volume %s is others' (external: %s): the stack has an empty one of its own instead", key, v.Name)
		v = types.VolumeConfig{}
	case len(v.DriverOpts) > 0:
		w.note("volume %s is at a place of its own (driver_opts): the stack has an empty one of the engine's instead", key)
		v.Driver, v.DriverOpts = "", nil
	case tmpfs:
	case isOwn(w.p, key, v.Name):
		return nil
	}
	if v.Name = ""; tmpfs {
		v.DriverOpts = types.Options{"type": "tmpfs", "device": "tmpfs"}
		if uid, gid, ok := strings.Cut(owner, ":"); ok {
			v.DriverOpts["o"] = "mode=0700,uid=" + uid + ",gid=" + gid
		}
	}
	return override(v)
}

// isOwn: the name is the one that Compose gives by itself.
func isOwn(p *project.Project, key, name string) bool { return name == "" || name == p.Name+"_"+key }

func isLoopback(ip string) bool { return ip == "127.0.0.1" || ip == "::1" || ip == "[::1]" }

func mapping(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for i := 0; i+1 < len(pairs); i += 2 {
		add(n, pairs[i].(string), pairs[i+1].(*yaml.Node))
	}
	return n
}

func add(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, scalar(key), value)
}

func scalar(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

// reset takes away what the files before have.
func reset() *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!reset", Value: "null"}
}

// override puts v in the place of what the files before have.
func override(v any) *yaml.Node {
	n := plain(v)
	n.Tag, n.Style = "!override", n.Style&yaml.FlowStyle
	return n
}

// plain is v as Compose reads it. What it is made of was loaded, so a value that cannot
// be written is a defect.
func plain(v any) *yaml.Node {
	n := &yaml.Node{}
	if err := n.Encode(v); err != nil {
		panic(fmt.Sprintf("override: %v", err))
	}
	escape(n)
	return n
}

// escape doubles each $: what was filled in once is not filled in again.
func escape(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		n.Value = string(bytes.ReplaceAll([]byte(n.Value), []byte("$"), []byte("$$")))
	}
	for _, child := range n.Content {
		escape(child)
	}
}
