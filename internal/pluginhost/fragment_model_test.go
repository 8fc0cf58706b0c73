package pluginhost

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

// hostile are values for any key; A_PORT is declared, so a fragment may name it.
var hostile = []any{
	"host", "true", true, false, "false", "${A_PORT}", "$A_PORT", "x${A_PORT}", "none", "service:b", "service:other", "container:c", "private", "/", "/etc",
	"/etc:/x", "./plugins/test/x:/x:ro", "./x:/x", "./x", "../x:/x", "../../x", "~/x:/x", "~", "a-data:/x", "a-data", "other:/x", "${A_PORT}:/x", "a-data${A_PORT}:/x", "a-data:/x:${A_PORT}",
	"ALL", "seccomp:unconfined", "no-new-privileges:true", "A_PORT", "HOME", "A_PORT=${A_PORT}", "./link/x:/x", ".:/x", "/anonymous", 1, -1, "8080:80", "127.0.0.1:8080:80", "127.0.0.1:${A_PORT}:80", map[string]any{"target": 80}, map[string]any{"driver": "json-file"}, map[string]any{"driver": "syslog"},
	map[string]any{"type": "bind", "source": "/etc", "target": "/x"}, map[string]any{"type": "bind", "source": "./plugins/test/x", "target": "/x", "read_only": true},
	map[string]any{"type": "bind", "source": "${A_PORT}", "target": "/x"}, map[string]any{"type": "volume", "source": "a-data", "target": "/x"},
	map[string]any{"type": "${A_PORT}", "source": "/etc", "target": "/x"}, map[string]any{"path": "/etc/passwd"}, map[string]any{"HOME": nil},
	map[string]any{"A_PORT": nil}, map[string]any{"context": "/etc"}, map[string]any{"context": "./plugins/test", "dockerfile": "Dockerfile"}, map[string]any{"context": ".", "dockerfile": "../../x"}, map[string]any{"source": "other"},
	map[string]any{"source": "/dev/sda", "target": "/dev/sda"}, map[string]any{"command": "id", "privileged": true}, map[string]any{"context": "${A_PORT}"},
	map[string]any{"driver_opts": map[string]any{"type": "none", "o": "bind", "device": "/etc"}}, map[string]any{"external": true},
	map[string]any{"driver_opts": map[string]any{"type": "none", "o": "bind", "device": "${A_PORT}"}}, map[string]any{"file": "/etc/shadow"},
	map[string]any{"driver_opts": map[string]any{"type": "nfs", "device": ":/x"}}, map[string]any{"file": "${A_PORT}"}, map[string]any{"environment": "HOME"},
	map[string]any{"file": "./x"}, map[string]any{"name": "theirs"}, nil,
}

var serviceKeys = []string{
	"privileged", "network_mode", "pid", "ipc", "uts", "userns_mode", "cgroup", "cgroup_parent", "runtime", "cap_add", "devices", "device_cgroup_rules", "gpus",
	"security_opt", "volumes_from", "volumes", "configs", "secrets", "env_file", "label_file", "environment", "build", "post_start", "pre_stop", "use_api_socket",
	"extends", "provider", "develop", "tmpfs", "command", "links", "external_links", "credential_spec", "oom_kill_disable", "ports", "logging", "oom_score_adj",
}

// What Compose makes of a fragment that passed, with a value that is as bad as
// can be for the variable that it names, stays in its containers.
func TestComposeFindsNothingInAFragmentThatPassed(t *testing.T) {
	t.Parallel()
	root, passed := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Custom(func(t *rapid.T) any {
			v := rapid.SampledFrom(hostile).Draw(t, "value")
			if rapid.Bool().Draw(t, "in a list") {
				return []any{v}
			}
			return v
		})
		a := rapid.MapOfN(rapid.SampledFrom(serviceKeys), value, 0, 2).Draw(t, "service")
		a["image"] = "x"
		tree := map[string]any{"services": map[string]any{"a": a, "b": map[string]any{"image": "y"}}}
		for _, section := range []string{"volumes", "networks", "configs", "secrets"} {
			tree[section] = rapid.MapOfN(rapid.SampledFrom([]string{"v", "a-data", "default"}), value, 0, 1).Draw(t, section)
		}
		text, err := yaml.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		if len(policy.CheckFragment(text, testManifest(), nil, root)) > 0 {
			return
		}
		for _, bad := range []string{"/:/host", "/", "host", "true", "bind", "/etc/shadow", "HOME", "80"} {
			if p := load(t, text, root, bad); p != nil {
				passed++
				stays(t, p, root, string(text))
			}
		}
	})
	if passed == 0 {
		t.Error("no fragment passed: the test tests nothing")
	}
}

// load is nil where Compose itself refuses.
func load(t *rapid.T, text []byte, root, value string) *types.Project {
	details := types.ConfigDetails{
		WorkingDir: root, ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(root, "f.yml"), Content: text}},
		Environment: types.Mapping{"A_PORT": value, "HOME": "/root", "other": "x"},
	}
	p, err := loader.LoadWithContext(context.Background(), details, func(o *loader.Options) {
		o.SetProjectName("p", true)
		o.SkipConsistencyCheck, o.SkipResolveEnvironment = true, false
	})
	if err != nil {
		return nil
	}
	return p
}

// stays fails when a model reaches out of its containers.
func stays(t *rapid.T, p *types.Project, root, text string) {
	out := func(what string, found any) { t.Errorf("%s: %v\n%s", what, found, text) }
	inside := func(path string) bool { return strings.HasPrefix(filepath.Clean(path), root+"/plugins/test/") }
	for _, s := range p.Services {
		if s.Privileged || s.UseAPISocket || s.OomKillDisable {
			out("privileged", s.Name)
		}
		for _, mode := range []string{s.NetworkMode, s.Pid, s.Ipc, s.Uts, s.UserNSMode, s.Cgroup} {
			if mode == "host" || strings.HasPrefix(mode, "container:") || mode == "service:other" {
				out("namespace", mode)
			}
		}
		if n := len(s.CapAdd) + len(s.Devices) + len(s.DeviceCgroupRules) + len(s.Gpus) + len(s.VolumesFrom) + len(s.CgroupParent) + len(s.Runtime); n > 0 {
			out("more than a container has", fmt.Sprint(s.CapAdd, s.Devices, s.DeviceCgroupRules, s.Gpus, s.VolumesFrom, s.CgroupParent, s.Runtime))
		}
		if s.Provider != nil || s.Extends != nil || s.Develop != nil || s.CredentialSpec != nil {
			out("a key that runs or reads something else", s.Name)
		}
		for _, o := range s.SecurityOpt {
			if !strings.HasPrefix(o, "no-new-privileges") {
				out("security_opt", o)
			}
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind && (!inside(v.Source) || !v.ReadOnly) || v.Type == types.VolumeTypeVolume && v.Source != "" && v.Source != "a-data" && v.Source != "v" {
				out("mount", v)
			}
		}
		for _, f := range s.EnvFiles {
			if !inside(f.Path) {
				out("env_file", f.Path)
			}
		}
		if s.Build != nil && (!inside(s.Build.Context+"/x") || strings.Contains(s.Build.Dockerfile, "..")) {
			out("build", s.Build)
		}
		if home := s.Environment["HOME"]; home != nil && *home == "/root" {
			out("environment", "HOME")
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				out("port", port)
			}
		}
		if s.Logging != nil && s.Logging.Driver != "json-file" || s.OomScoreAdj < 0 {
			out("logging or survival", fmt.Sprint(s.Logging, s.OomScoreAdj))
		}
		for _, h := range append(s.PostStart, s.PreStop...) {
			if h.Privileged {
				out("hook", h)
			}
		}
	}
	for name, v := range p.Volumes {
		if device := v.DriverOpts["device"]; device != "" && !inside(device) || bool(v.External) || v.Name != "p_"+name {
			out("volume", v)
		}
	}
	for name, n := range p.Networks {
		if bool(n.External) || n.Name != "p_"+name {
			out("network", n)
		}
	}
	file := func(f types.FileObjectConfig) {
		if f.File != "" && !inside(f.File) || f.Environment == "HOME" || bool(f.External) {
			out("file", f)
		}
	}
	for _, f := range p.Configs {
		file(types.FileObjectConfig(f))
	}
	for _, f := range p.Secrets {
		file(types.FileObjectConfig(f))
	}
}
