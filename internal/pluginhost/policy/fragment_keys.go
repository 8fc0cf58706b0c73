package policy

// Every key of Compose is decided once, here and in checksOf: it is harmless, or
// a permission lifts it, or no plugin may have it. A key that Compose gets
// tomorrow is in none of the lists, and so refused; a test holds them to
// Compose's own schema.

// Harmless are the keys of a service that stay within its container, the
// engine's limits and the project's networks.
var Harmless = []string{
	"attach", "blkio_config", "cap_drop", "command", "cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpu_shares", "cpus", "cpuset",
	"depends_on", "dns", "dns_opt", "dns_search", "domainname", "entrypoint", "expose", "extra_hosts", "group_add", "healthcheck", "hostname",
	"image", "init", "links", "mac_address", "mem_limit", "mem_reservation", "mem_swappiness", "memswap_limit", "pids_limit", "platform",
	"profiles", "pull_policy", "pull_refresh_after", "read_only", "restart", "scale", "shm_size", "stdin_open", "stop_grace_period", "stop_signal",
	"storage_opt", "sysctls", "tmpfs", "tty", "ulimits", "umask", "user", "working_dir",
}

// ChecksOf are the keys of a service that a permission may lift.
func (c *Checker) ChecksOf() map[string]func(at string, value any) {
	return map[string]func(string, any){
		"privileged":          c.flag("privileged"),
		"oom_kill_disable":    c.flag("privileged"), // it switches off what protects the machine from one container
		"oom_score_adj":       c.survival,
		"cpu_rt_period":       c.flag("realtime"),
		"cpu_rt_runtime":      c.flag("realtime"),
		"use_api_socket":      c.flag("docker.sock"),
		"network_mode":        c.namespace("network", "none", "bridge", ""),
		"pid":                 c.namespace("pid", ""),
		"ipc":                 c.namespace("ipc", "none", "private", "shareable", ""),
		"uts":                 c.namespace("uts", ""),
		"userns_mode":         c.namespace("userns", ""),
		"cgroup":              c.namespace("cgroup", "private", ""),
		"cgroup_parent":       c.namespace("cgroup", ""),
		"runtime":             c.namespace("runtime", "runc", ""),
		"annotations":         c.annotations,
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
		"ports":               c.list(c.port),
		"networks":            c.joins,
		"container_name":      c.calledAs,
		"logging":             c.logging,
	}
}

// The keys of the other sections that are harmless, or looked at where the
// section is.
var (
	VolumeKeys  = []string{"name", "driver", "driver_opts", "external", "labels"}
	NetworkKeys = []string{"name", "driver", "driver_opts", "ipam", "external", "internal", "enable_ipv4", "enable_ipv6", "attachable", "labels"}
	FileKeys    = []string{"name", "content", "environment", "file", "external", "labels"}
	BuildKeys   = []string{"context", "dockerfile", "dockerfile_inline", "args", "target", "labels", "shm_size", "pull", "no_cache", "platforms", "tags", "cache_from"}
	DeployKeys  = []string{"mode", "replicas", "labels", "update_config", "rollback_config", "resources", "restart_policy", "placement", "endpoint_mode"}
	HookKeys    = []string{"command", "user", "privileged", "working_dir", "environment"}
	JoinKeys    = []string{"aliases", "ipv4_address", "ipv6_address", "link_local_ips", "mac_address", "priority", "gw_priority", "interface_name", "use_service_name_alias"}
)

// Refused are the keys that no plugin may have, and why.
var Refused = map[string]string{
	"services.extends":              "it takes from a file that nobody has looked at",
	"services.provider":             "it runs a program of this machine",
	"services.develop":              "it watches and copies files of this machine",
	"services.credential_spec":      "it reads a file or a registry of this machine",
	"services.pre_start":            "it runs containers that the manifest does not declare",
	"services.models":               "models are not of a fragment",
	"services.external_links":       "it leads to containers of other projects",
	"services.isolation":            "it is a technology of Windows",
	"build.additional_contexts":     "it reads directories of this machine",
	"build.secrets":                 "it hands secrets to a build",
	"build.ssh":                     "it hands keys to a build",
	"build.entitlements":            "it takes the bounds off a build",
	"build.privileged":              "it takes the bounds off a build",
	"build.network":                 "it takes the bounds off a build",
	"build.isolation":               "it is a technology of Windows",
	"build.ulimits":                 "limits of a build are the engine's",
	"build.extra_hosts":             "it leads a build elsewhere",
	"build.cache_to":                "it writes the cache of a build elsewhere",
	"build.no_cache_filter":         "the cache of a build is not the plugin's",
	"build.provenance":              "what is attested of an image is not the plugin's to say",
	"build.sbom":                    "what is attested of an image is not the plugin's to say",
	"configs.template_driver":       "it is of Swarm",
	"secrets.template_driver":       "it is of Swarm",
	"secrets.driver":                "it is of Swarm",
	"secrets.driver_opts":           "it is of Swarm",
	"services.networks.driver_opts": "it sets up the machine's side of an interface",
}
