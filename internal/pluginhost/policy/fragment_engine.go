package policy

import (
	"slices"
	"strconv"
	"strings"
)

// survival is oom_score_adj: below 0 others end before this container does.
func (c *Checker) survival(at string, value any) {
	if n, err := strconv.Atoi(Text(value)); value != nil && (err != nil || n < 0) {
		c.need(at, "oom_score_adj")
	}
}

// annotations are read by runtimes, which do as they say.
func (c *Checker) annotations(at string, value any) {
	for _, e := range entries(value) {
		name, _, _ := strings.Cut(e.name, "=")
		c.need(at, "annotation:"+orAny(name))
	}
}

// Log drivers that keep what they are given on this machine, and options that
// they have in common; an option of another may be an address, also where the
// driver is the engine's default.
var (
	localDrivers  = []string{"json-file", "local", "none", "journald"}
	localLogItems = []string{"max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag", "mode", "max-buffer-size"}
)

func (c *Checker) logging(at string, value any) {
	m, isMap := value.(map[string]any)
	driver, local := Text(m["driver"]), true
	for _, e := range entries(m["options"]) {
		local = local && slices.Contains(localLogItems, e.name)
	}
	named := driver == "" && m["driver"] == nil || slices.Contains(localDrivers, driver)
	if value == nil || isMap && local && named {
		return
	}
	c.need(at, "logging:"+orAny(driver))
}

// tags are names of images: a build that takes one takes it from whoever uses
// it.
func (c *Checker) tags(at string, entry map[string]any) {
	build, isMap := entry["build"].(map[string]any)
	if entry["build"] == nil {
		return
	}
	if entry["image"] != nil {
		c.need(at+".image", "tag:"+orAny(Text(entry["image"])))
	}
	if isMap {
		c.list(func(at string, v any) { c.need(at, "tag:"+orAny(Text(v))) })(at+".build.tags", build["tags"])
	}
}

func (c *Checker) deploy(at string, value any) {
	m, _ := value.(map[string]any)
	c.keys(at, m, DeployKeys...)
	c.labels(at+".labels", m["labels"])
	resources, _ := m["resources"].(map[string]any)
	reservations, _ := resources["reservations"].(map[string]any)
	if reservations["devices"] != nil || reservations["generic_resources"] != nil || variable(Text(m["resources"])) {
		c.need(at+".resources.reservations.devices", "gpus")
	}
}
