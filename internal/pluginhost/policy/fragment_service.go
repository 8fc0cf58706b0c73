package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

// service looks at each key of a service; those of neither list are refused.
func (c *Checker) service(at string, entry map[string]any) {
	c.tags(at, entry)
	checks := c.ChecksOf()
	for _, key := range Sorted(entry) {
		value, path := entry[key], at+"."+key
		check, sensitive := checks[key]
		switch {
		case sensitive:
			check(path, value)
		case strings.HasPrefix(key, "x-"), slices.Contains(Harmless, key):
		default:
			c.refuse(path, whyNot("services."+key))
		}
	}
}

// whyNot is why no plugin may have a key.
func whyNot(key string) string {
	if why := Refused[key]; why != "" {
		return "a plugin's fragment may not have this key: " + why
	}
	return "a plugin's fragment may not have this key"
}

// flag needs key unless the value is a plain no.
func (c *Checker) flag(key string) func(string, any) {
	return func(at string, value any) {
		if s := fmt.Sprint(value); value != nil && s != "false" {
			c.need(at, key)
		}
	}
}

// namespace needs kind:VALUE unless the value is one of the safe ones or a
// service of the fragment's own.
func (c *Checker) namespace(kind string, safe ...string) func(string, any) {
	return func(at string, value any) {
		s := Text(value)
		service, isService := strings.CutPrefix(s, "service:")
		isService = isService && slices.Contains([]string{"network", "pid", "ipc"}, kind)
		switch {
		case value == nil:
			c.report(CodeFragment, at, at+" is empty") // on which Compose's own loader panics
		case slices.Contains(safe, s), isService && c.owns("services", service):
		case variable(s):
			c.need(at, kind+":host")
		default:
			c.need(at, kind+":"+s)
		}
	}
}

// list calls check with each item; a single value is a list of one.
func (c *Checker) list(check func(string, any)) func(string, any) {
	return func(at string, value any) {
		items, isList := value.([]any)
		if !isList && value != nil {
			items = []any{value}
		}
		for i, item := range items {
			check(fmt.Sprintf("%s[%d]", at, i), item)
		}
	}
}

func (c *Checker) capability(at string, value any) {
	name := strings.TrimPrefix(strings.ToUpper(Text(value)), "CAP_")
	if variable(name) {
		name = "ALL"
	}
	c.need(at, "cap:"+name)
}

func (c *Checker) device(at string, value any) {
	source := Text(value)
	if m, isMap := value.(map[string]any); isMap {
		source = Text(m["source"])
	}
	source, _, _ = strings.Cut(source, ":")
	if variable(fmt.Sprint(value)) || source == "" || strings.Contains(source, "..") {
		source = "/"
	}
	c.need(at, "device:"+source)
}

func (c *Checker) security(at string, value any) {
	s := Text(value)
	switch s {
	case "no-new-privileges", "no-new-privileges:true", "no-new-privileges=true":
		return
	}
	if variable(s) {
		c.need(at, "privileged")
		return
	}
	c.need(at, "security:"+s)
}

func (c *Checker) volumesFrom(at string, value any) {
	name, _, _ := strings.Cut(Text(value), ":")
	if !c.owns("services", name) {
		c.need(at, "volumes-from:"+Text(value))
	}
}

// reference is to a config or secret, which must be of the fragment.
func (c *Checker) reference(at, section, kind string, value any) {
	name := Text(value)
	if m, isMap := value.(map[string]any); isMap {
		name = Text(m["source"])
	}
	if !c.owns(section, name) {
		c.need(at, kind+":"+name)
	}
}

// hook is a command in a running container.
func (c *Checker) hook(at string, value any) {
	m, _ := value.(map[string]any)
	c.keys(at, m, HookKeys...)
	c.flag("privileged")(at+".privileged", m["privileged"])
	c.handedOn(at+".environment", m["environment"])
}

// labels of Compose say whose a container is; they are not the plugin's to set.
func (c *Checker) labels(at string, value any) {
	for _, entry := range entries(value) {
		name, _, _ := strings.Cut(entry.name, "=")
		if strings.HasPrefix(name, "com.docker.compose.") || variable(name) {
			c.refuse(at, fmt.Sprintf("the label %q is not the plugin's to set", manifest.Printable(name)))
		}
	}
}

// Text is a scalar as written; "" for anything else.
func Text(value any) string {
	switch value.(type) {
	case nil, map[string]any, []any:
		return ""
	}
	return fmt.Sprint(value)
}
