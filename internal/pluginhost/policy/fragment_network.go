package policy

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

// port is an item of a service's ports. What is published on this machine's
// loopback is reached from this machine; any other address is open to others,
// and no address is all of them.
func (c *Checker) port(at string, value any) {
	defaults := func(name string) (string, bool) {
		i := slices.IndexFunc(c.manifest.Variables, func(v manifest.Variable) bool { return v.Name == name && v.Default != "" })
		if i < 0 {
			return "", false
		}
		return c.manifest.Variables[i].Default, true
	}
	// Whoever sets the variables decides by it; what the plugin suggests is looked
	// at: the fragment's defaults, and those that plugin:enable writes.
	for _, set := range []template.Mapping{func(string) (string, bool) { return "", false }, defaults} {
		for _, address := range addresses(value, set) {
			c.address(at, address)
		}
	}
}

func (c *Checker) address(at, address string) {
	address = strings.Trim(address, "[]")
	ip, err := netip.ParseAddr(address)
	key := "publish:" + address
	switch {
	case err == nil && ip.IsLoopback():
		return
	case err != nil, ip.IsUnspecified():
		key = "publish:*"
	}
	if !slices.ContainsFunc(c.found, func(f Finding) bool { return f.Path == at && f.Key == key }) {
		c.need(at, key)
	}
}

// addresses are those that an item publishes on; "" is every one, or one that
// cannot be told.
func addresses(value any, set template.Mapping) (list []string) {
	if m, isMap := value.(map[string]any); isMap {
		return []string{suggested(Text(m["host_ip"]), set)}
	}
	ports, err := types.ParsePortConfig(suggested(Text(value), set))
	if err != nil || len(ports) == 0 {
		return []string{""}
	}
	for _, p := range ports {
		list = append(list, p.HostIP)
	}
	return list
}

// suggested fills in a text; a required variable is a number, as of a port.
func suggested(s string, set template.Mapping) string {
	given := map[string]bool{}
	for {
		out, err := template.SubstituteWithOptions(s, func(name string) (string, bool) {
			if value, ok := set(name); ok {
				return value, ok
			}
			return "1", given[name]
		}, template.WithoutLogging)
		var missing *template.MissingRequiredError
		if !errors.As(err, &missing) || given[missing.Variable] {
			return out
		}
		given[missing.Variable] = true
	}
}

// joins are the networks of a service: of the fragment, or the project's own.
func (c *Checker) joins(at string, value any) {
	for _, e := range entries(value) {
		if !c.owns("networks", e.name) && e.name != "default" {
			c.need(at, "network:"+e.name)
		}
	}
	m, _ := value.(map[string]any)
	for _, name := range Sorted(m) {
		entry, isMap := m[name].(map[string]any)
		if !isMap {
			continue
		}
		here := at + "." + name
		c.keys(here, entry, JoinKeys...)
		c.list(c.calledAs)(here+".aliases", entry["aliases"])
		for _, key := range []string{"ipv4_address", "ipv6_address"} {
			if entry[key] != nil {
				c.need(here+"."+key, "address:"+orAny(Text(entry[key])))
			}
		}
		c.list(func(at string, v any) { c.need(at, "address:"+orAny(Text(v))) })(here+".link_local_ips", entry["link_local_ips"])
	}
}

// calledAs is a name under which other containers find this one: of the plugin
// or its services, or it takes what is meant for another.
func (c *Checker) calledAs(at string, value any) {
	name := Text(value)
	plugin := c.manifest.Name
	if c.owns("services", name) || name == plugin || strings.HasPrefix(name, plugin+"-") && !variable(name) {
		return
	}
	c.need(at, "alias:"+orAny(name))
}

// orAny is a text, or "*", which stands for any, where it is made of variables.
func orAny(s string) string {
	if s == "" || variable(s) {
		return "*"
	}
	return s
}

// addressing is a network's ipam: addresses are shared with all networks of the
// machine.
func (c *Checker) addressing(at string, value any) {
	m, isMap := value.(map[string]any)
	if value == nil || isMap && len(m) == 0 {
		return
	}
	configs, _ := m["config"].([]any)
	for _, item := range configs {
		entry, _ := item.(map[string]any)
		c.need(at+".config", "subnet:"+orAny(Text(entry["subnet"])))
	}
	if len(configs) == 0 {
		c.need(at, "subnet:*")
	}
}

// options of a network's driver name bridges and routes of the machine.
func (c *Checker) networkOptions(at string, value any) {
	for _, e := range entries(value) {
		name, _, _ := strings.Cut(e.name, "=")
		c.need(at, "network-option:"+orAny(name))
	}
}
