package pluginhost

import (
	"fmt"
	"slices"
	"strings"
)

// harmless are the keys of a service that stay within its container, the
// engine's limits and the project's networks.
var harmless = []string{
	"annotations", "attach", "blkio_config", "cap_drop", "command", "container_name", "cpu_count", "cpu_percent",
	"cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "cpus", "cpuset", "depends_on", "dns",
	"dns_opt", "dns_search", "domainname", "entrypoint", "expose", "extra_hosts", "group_add", "healthcheck", "hostname",
	"image", "init", "links", "logging", "mac_address", "mem_limit", "mem_reservation", "mem_swappiness",
	"memswap_limit", "networks", "oom_score_adj", "pids_limit", "platform", "ports", "profiles", "pull_policy",
	"pull_refresh_after", "read_only", "restart", "scale", "shm_size", "stdin_open", "stop_grace_period", "stop_signal",
	"storage_opt", "sysctls", "tmpfs", "tty", "ulimits", "umask", "user", "working_dir",
}

// service looks at each key of a service; those of neither list are refused.
func (c *checker) service(at string, entry map[string]any) {
	checks := c.serviceChecks()
	for _, key := range sorted(entry) {
		value, path := entry[key], at+"."+key
		check, sensitive := checks[key]
		switch {
		case sensitive:
			check(path, value)
		case strings.HasPrefix(key, "x-"), slices.Contains(harmless, key):
		default:
			c.refuse(path, "a plugin's service may not have this key")
		}
	}
}

func (c *checker) serviceChecks() map[string]func(at string, value any) {
	return map[string]func(string, any){
		"privileged":          c.flag("privileged"),
		"use_api_socket":      c.flag("docker.sock"),
		"network_mode":        c.namespace("network", "none", "bridge", ""),
		"pid":                 c.namespace("pid", ""),
		"ipc":                 c.namespace("ipc", "none", "private", "shareable", ""),
		"uts":                 c.namespace("uts", ""),
		"userns_mode":         c.namespace("userns", ""),
		"cgroup":              c.namespace("cgroup", "private", ""),
		"cgroup_parent":       c.namespace("cgroup", ""),
		"runtime":             c.namespace("runtime", "runc", ""),
		"cap_add":             c.list(c.capability),
		"devices":             c.list(c.device),
		"device_cgroup_rules": c.list(func(at string, _ any) { c.need(at, "device:/") }),
		"gpus":                func(at string, _ any) { c.need(at, "gpus") },
		"security_opt":        c.list(c.security),
		"volumes_from":        c.list(c.volumesFrom),
		"volumes":             c.list(c.mount),
		"configs":             c.list(func(at string, v any) { c.reference(at, "configs", "config", v) }),
		"secrets":             c.list(func(at string, v any) { c.reference(at, "secrets", "secret", v) }),
		"env_file":            c.paths,
		"label_file":          c.paths,
		"environment":         c.handedOn,
		"labels":              c.labels,
		"build":               c.build,
		"deploy":              c.deploy,
		"post_start":          c.list(c.hook),
		"pre_stop":            c.list(c.hook),
		// It switches off what protects the machine from one container.
		"oom_kill_disable": c.flag("privileged"),
	}
}

// flag needs key unless the value is a plain no.
func (c *checker) flag(key string) func(string, any) {
	return func(at string, value any) {
		if s := fmt.Sprint(value); value != nil && s != "false" {
			c.need(at, key)
		}
	}
}

// namespace needs kind:VALUE unless the value is one of the safe ones or a
// service of the fragment's own.
func (c *checker) namespace(kind string, safe ...string) func(string, any) {
	return func(at string, value any) {
		s := text(value)
		service, isService := strings.CutPrefix(s, "service:")
		isService = isService && slices.Contains([]string{"network", "pid", "ipc"}, kind)
		switch {
		case value == nil:
			c.report(codeFragment, at, at+" is empty") // on which Compose's own loader panics
		case slices.Contains(safe, s), isService && c.owns("services", service):
		case variable(s):
			c.need(at, kind+":host")
		default:
			c.need(at, kind+":"+s)
		}
	}
}

// list calls check with each item; a single value is a list of one.
func (c *checker) list(check func(string, any)) func(string, any) {
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

func (c *checker) capability(at string, value any) {
	name := strings.TrimPrefix(strings.ToUpper(text(value)), "CAP_")
	if variable(name) {
		name = "ALL"
	}
	c.need(at, "cap:"+name)
}

func (c *checker) device(at string, value any) {
	source := text(value)
	if m, isMap := value.(map[string]any); isMap {
		source = text(m["source"])
	}
	source, _, _ = strings.Cut(source, ":")
	if variable(fmt.Sprint(value)) || source == "" || strings.Contains(source, "..") {
		source = "/"
	}
	c.need(at, "device:"+source)
}

func (c *checker) security(at string, value any) {
	s := text(value)
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

func (c *checker) volumesFrom(at string, value any) {
	name, _, _ := strings.Cut(text(value), ":")
	if !c.owns("services", name) {
		c.need(at, "volumes-from:"+text(value))
	}
}

// reference is to a config or secret, which must be of the fragment.
func (c *checker) reference(at, section, kind string, value any) {
	name := text(value)
	if m, isMap := value.(map[string]any); isMap {
		name = text(m["source"])
	}
	if !c.owns(section, name) {
		c.need(at, kind+":"+name)
	}
}

// hook is a command in a running container.
func (c *checker) hook(at string, value any) {
	m, _ := value.(map[string]any)
	c.flag("privileged")(at+".privileged", m["privileged"])
	c.handedOn(at+".environment", m["environment"])
}

func (c *checker) deploy(at string, value any) {
	m, _ := value.(map[string]any)
	resources, _ := m["resources"].(map[string]any)
	reservations, _ := resources["reservations"].(map[string]any)
	if reservations["devices"] != nil || variable(text(m["resources"])) {
		c.need(at+".resources.reservations.devices", "gpus")
	}
}

// labels of Compose say whose a container is; they are not the plugin's to set.
func (c *checker) labels(at string, value any) {
	for _, entry := range entries(value) {
		name, _, _ := strings.Cut(entry.name, "=")
		if strings.HasPrefix(name, "com.docker.compose.") || variable(name) {
			c.refuse(at, fmt.Sprintf("the label %q is not the plugin's to set", printable(name)))
		}
	}
}

// text is a scalar as written; "" for anything else.
func text(value any) string {
	switch value.(type) {
	case nil, map[string]any, []any:
		return ""
	}
	return fmt.Sprint(value)
}
