package policy

import (
	"slices"
	"strings"
)

// volume is an entry of the fragment's volumes: of this project and of the
// engine's own driver, or a permission says otherwise.
func (c *Checker) volume(at, name string, entry map[string]any) {
	c.keys(at, entry, VolumeKeys...)
	c.labels(at+".labels", entry["labels"])
	c.foreign(at, "volume", name, entry)
	if driver := Text(entry["driver"]); driver != "" && driver != "local" {
		c.need(at+".driver", "driver:"+driver)
	}
	if options, isMap := entry["driver_opts"].(map[string]any); isMap {
		c.options(at+".driver_opts", options)
	} else if entry["driver_opts"] != nil {
		c.need(at+".driver_opts", "mount:/")
	}
}

// options of the local driver are those of mount(8): they can make a volume of
// any directory of the machine.
func (c *Checker) options(at string, options map[string]any) {
	kind, device := Text(options["type"]), Text(options["device"])
	for _, key := range Sorted(options) {
		if variable(Text(options[key])) && (key == "device" || key == "type" || key == "o" && kind != "tmpfs") {
			c.need(at+"."+key, "mount:/")
			return
		}
	}
	plain := strings.FieldsFunc(Text(options["o"]), func(r rune) bool { return r == ',' })
	writes := !slices.Contains(plain, "ro")
	others := slices.DeleteFunc(plain, func(o string) bool { return o == "bind" || o == "ro" || o == "rw" })
	switch {
	case kind == "tmpfs" && (device == "" || device == "tmpfs"), len(options) == 0:
	case (kind == "" || kind == "none") && len(others) == 0 && strings.HasPrefix(device, "/"):
		c.hostPath(at+".device", device, writes)
	default:
		c.need(at, "mount:/")
	}
}

// network is an entry of the fragment's networks.
func (c *Checker) network(at, name string, entry map[string]any) {
	c.keys(at, entry, NetworkKeys...)
	c.labels(at+".labels", entry["labels"])
	c.foreign(at, "network", name, entry)
	c.networkOptions(at+".driver_opts", entry["driver_opts"])
	c.addressing(at+".ipam", entry["ipam"])
	if driver := Text(entry["driver"]); driver != "" && driver != "bridge" && driver != "overlay" {
		c.namespace("network")(at+".driver", driver)
	}
}

// foreign is what is not of this project alone: external, or with a name that
// another project's may have.
func (c *Checker) foreign(at, kind, name string, entry map[string]any) {
	external, isMap := entry["external"].(map[string]any)
	if s := Text(entry["external"]); !isMap && (s == "" || s == "false") && entry["name"] == nil {
		return
	}
	for _, given := range []any{external["name"], entry["name"]} {
		if s := Text(given); s != "" {
			name = s
		}
	}
	if variable(name) {
		name = "*"
	}
	c.need(at, kind+":"+name)
}

// file is a config or a secret: of a file in the project, of a declared
// variable, or its content.
func (c *Checker) file(at, name string, entry map[string]any) {
	c.keys(at, entry, FileKeys...)
	kind, _, _ := strings.Cut(at, "s.")
	c.foreign(at, kind, name, entry)
	if entry["file"] != nil {
		c.hostPath(at+".file", Text(entry["file"]), false)
	}
	if entry["environment"] != nil {
		c.declared(at+".environment", Text(entry["environment"]))
	}
}

// build is from a directory of the project, or from a URL.
func (c *Checker) build(at string, value any) {
	entry, isMap := value.(map[string]any)
	if !isMap {
		entry = map[string]any{"context": value}
	}
	c.keys(at, entry, BuildKeys...)
	c.handedOn(at+".args", entry["args"])
	source := Text(entry["context"])
	if source == "" {
		source = "."
	}
	if (strings.HasPrefix(source, "https://") || strings.HasPrefix(source, "http://")) && !variable(source) {
		return
	}
	c.hostPath(at+".context", source, false)
	if file := Text(entry["dockerfile"]); file != "" {
		if !strings.HasPrefix(file, "/") {
			file = source + "/" + file
		}
		c.hostPath(at+".dockerfile", file, false)
	}
}

// keys refuses all but these and extensions.
func (c *Checker) keys(at string, entry map[string]any, known ...string) {
	for _, key := range Sorted(entry) {
		if !slices.Contains(known, key) && !strings.HasPrefix(key, "x-") {
			c.refuse(at+"."+key, whyNot(kindOf(at)+"."+key))
		}
	}
}

// kindOf is what the table of keys calls the place of a mapping.
func kindOf(at string) string {
	parts := strings.Split(at, ".")
	switch {
	case len(parts) > 3 && parts[2] == "networks":
		return "services.networks"
	case len(parts) > 2:
		return parts[2]
	}
	return parts[0]
}
