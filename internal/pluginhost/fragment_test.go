package pluginhost

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

// testManifest declares the services a and b (optional) and two variables.
func testManifest(permissions ...string) manifest.Manifest {
	m := manifest.Manifest{
		Name: "test", Version: "1.0.0", APIMin: 1, APIMax: 1,
		Services:  []manifest.Service{{Name: "a"}, {Name: "b", Optional: true}},
		Variables: []manifest.Variable{{Name: "A_PORT", Type: "port", Default: "80"}, {Name: "A_PASSWORD", Type: "string", Secret: true}},
	}
	for _, key := range permissions {
		m.Permissions = append(m.Permissions, manifest.Permission{Key: key})
	}
	return m
}

// inService is a fragment whose service a has these lines.
func inService(lines string) string {
	return "services:\n  a:\n    image: x\n    " + strings.ReplaceAll(lines, "\n", "\n    ") + "\n"
}

func TestAFragmentThatStaysInItsContainersIsMerged(t *testing.T) {
	t.Parallel()
	fragment := `
x-common: &common
  restart: unless-stopped
  logging: {driver: json-file, options: {max-size: 10m}}
  security_opt: [no-new-privileges:true]
services:
  a:
    <<: *common
    container_name: a
    ports: ["127.0.0.1:${A_PORT:-80}:80", "[::1]:82:82", {target: 81, published: "8081", host_ip: 127.0.0.1}, "${A_BIND:-127.0.0.1}:${A_PORT:?}:83"]
    networks: {default: {aliases: [test-a]}, inner: }
    oom_score_adj: 500
    environment: {PASSWORD: "${A_PASSWORD:?set it}", A_PORT: }
    healthcheck: {test: [CMD-SHELL, "test $$HOME"]}
    volumes: ["a-data:/data", "./plugins/test/a.yml:/etc/a.yml:ro", {type: bind, source: ./plugins/test, target: /t, read_only: true}, {type: tmpfs, target: /tmp}, "/anonymous"]
    env_file: ./plugins/test/a.env
    pid: service:b
    ipc: private
    privileged: false
    configs: [c]
    secrets: [{source: s}]
    deploy: {resources: {limits: {memory: 1g}}}
    depends_on: {postgres: {condition: service_healthy}}
    build: {context: ./plugins/test, args: {A: b}}
  b: {image: y, volumes_from: [a]}
volumes:
  a-data:
  own: {driver_opts: {type: none, o: 'bind,ro', device: ROOT/plugins/test/data}}
  ram: {driver: local, driver_opts: {type: tmpfs, device: tmpfs, o: size=1m}}
configs: {c: {content: "x"}}
secrets: {s: {file: ./plugins/test/secret.txt}}
networks: {inner: {internal: true, driver: bridge}}
`
	m := testManifest()
	m.Variables = append(m.Variables, manifest.Variable{Name: "A_BIND", Default: "127.0.0.1"})
	root := t.TempDir()
	if found := policy.CheckFragment([]byte(strings.ReplaceAll(fragment, "ROOT", root)), m, nil, root); len(found) > 0 {
		t.Errorf("refused: %+v", found)
	}
}

func TestWhatReachesOutOfAContainerNeedsAPermission(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.Symlink("/etc", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "nowhere"), filepath.Join(root, "dangling")); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(root, "plugins/test/values")
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(root, "env"), 0o755), os.Symlink(filepath.Join(root, "env"), link)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ fragment, key string }{
		{inService("privileged: true"), "privileged"},
		{inService("privileged: 'true'"), "privileged"},
		{inService("privileged: ${A_PORT}"), "privileged"},
		{inService("use_api_socket: true"), "docker.sock"},
		{inService("network_mode: host"), "network:host"},
		{inService("network_mode: ${A_PORT}"), "network:host"},
		{inService("network_mode: service:postgres"), "network:service:postgres"},
		{inService("network_mode: container:other"), "network:container:other"},
		{inService("pid: host"), "pid:host"},
		{inService("ipc: host"), "ipc:host"},
		{inService("uts: host"), "uts:host"},
		{inService("userns_mode: host"), "userns:host"},
		{inService("cgroup: host"), "cgroup:host"},
		{inService("cgroup_parent: /x"), "cgroup:/x"},
		{inService("cgroup_parent: service:a"), "cgroup:service:a"},
		{inService("runtime: sysbox"), "runtime:sysbox"},
		{inService("gpus: all"), "gpus"},
		{inService("deploy: {resources: {reservations: {devices: [{driver: nvidia}]}}}"), "gpus"},
		{inService("cap_add: [cap_net_admin]"), "cap:NET_ADMIN"},
		{inService("cap_add: ['${A_PORT}']"), "cap:ALL"},
		{inService("devices: ['/dev/kvm:/dev/kvm']"), "device:/dev/kvm"},
		{inService("devices: [{source: /dev/sda, target: /dev/sda}]"), "device:/dev/sda"},
		{inService("device_cgroup_rules: ['a *:* rwm']"), "device:/"},
		{inService("security_opt: [seccomp:unconfined]"), "security:seccomp:unconfined"},
		{inService("security_opt: ['${A_PORT}']"), "privileged"},
		{inService("post_start: [{command: id, privileged: true}]"), "privileged"},
		{inService("volumes_from: [postgres]"), "volumes-from:postgres"},
		{inService("volumes: ['/:/host']"), "mount:/"},
		{inService("volumes: ['/etc:/x:ro']"), "mount:/etc"},
		{inService("volumes: ['./../../x:/x']"), "mount:" + filepath.Join(root, "../../x")},
		{inService("volumes: ['./link/passwd:/x']"), "mount:/etc/passwd"},
		{inService("volumes: ['./link/not/there:/x']"), "mount:/etc/not/there"},
		{inService("volumes: ['./link/../x:/x']"), "mount:/"},
		{inService("volumes: ['" + root + "/../x:/x']"), "mount:/"},
		{inService("volumes: ['./dangling:/x']"), "mount:" + filepath.Join(root, "dangling")},
		{inService("volumes: ['~/.ssh:/x']"), "mount:~/.ssh"},
		{inService("volumes: ['~/../x:/x']"), "mount:/"},
		{inService("volumes: ['${A_PORT}:/x']"), "mount:/"},
		{inService("volumes: ['${A_PORT}']"), "mount:/"},
		{inService("volumes: ['./${A_PORT}/x:/x']"), "mount:/"},
		{inService("volumes: ['/var/run/docker.sock:/x']"), "docker.sock"},
		{inService("volumes: ['.:/x']"), "mount:."},
		{inService("volumes: ['./.git/hooks:/x']"), "mount:./.git/hooks"},
		{inService("volumes: ['./env:/x']"), "mount:./env"},
		{inService("volumes: ['postgres-data:/x']"), "volume:postgres-data"},
		{inService("volumes: [{type: bind, source: /etc, target: /x}]"), "mount:/etc"},
		{inService("volumes: [{type: '${A_PORT}', source: ./x, target: /x}]"), "mount:/"},
		{inService("volumes: [{type: npipe, source: x, target: /x}]"), "mount:/"},
		{inService("volumes: [{type: volume, source: '${A_PORT}', target: /x}]"), "volume:*"},
		{inService("env_file: .env"), "mount:./.env"},
		{inService("env_file: [./deploy/environments/.env.local]"), "mount:./deploy/environments/.env.local"},
		{inService("volumes: ['./deploy:/x:ro']"), "mount:./deploy"},
		{inService("volumes: ['./config/a.yml:/etc/a.yml:ro']"), "mount:./config/a.yml"},
		{inService("volumes: ['./plugins/test/data:/x']"), "mount:./plugins/test/data"},
		{inService("volumes: ['./plugins/test/data:/x:${A_PORT}']"), "mount:./plugins/test/data"},
		{inService("volumes: ['./plugins/tester:/x:ro']"), "mount:./plugins/tester"},
		{inService("volumes: ['./plugins/test/values:/x:ro']"), "mount:./env"},
		{inService("volumes: [{type: bind, source: ./magefiles, target: /x}]"), "mount:./magefiles"},
		{inService("build: ./build"), "mount:./build"},
		{inService("build: {context: ./plugins/test, dockerfile: values/Dockerfile}"), "mount:./env/Dockerfile"},
		{inService("build: {context: ./plugins/test, tags: ['postgres:16']}"), "tag:postgres:16"},
		{"services: {a: {image: 'postgres:16', build: ./plugins/test}}", "tag:postgres:16"},
		{inService("ports: ['80']"), "publish:*"},
		{inService("ports: [80]"), "publish:*"},
		{inService("ports: ['8080:80']"), "publish:*"},
		{inService("ports: ['0.0.0.0:8080:80']"), "publish:*"},
		{inService("ports: ['[::]:8080:80']"), "publish:*"},
		{inService("ports: ['192.0.2.7:8080:80']"), "publish:192.0.2.7"},
		{inService("ports: ['${A_PORT:-8080}:80']"), "publish:*"},
		{inService("ports: ['${A_PORT}']"), "publish:*"},
		{inService("ports: ['${A_PORT:-127.0.0.1}:80:80']"), "publish:*"}, // 80 is what plugin:enable writes
		{inService("ports: [{target: 80}]"), "publish:*"},
		{inService("ports: [{target: 80, published: '8080', host_ip: '${A_PASSWORD}'}]"), "publish:*"},
		{inService("oom_score_adj: -1000"), "oom_score_adj"},
		{inService("oom_score_adj: ${A_PORT}"), "oom_score_adj"},
		{inService("cpu_rt_runtime: 950ms"), "realtime"},
		{inService("annotations: {run.oci.handler: krun}"), "annotation:run.oci.handler"},
		{inService("container_name: postgres"), "alias:postgres"},
		{inService("networks: {default: {aliases: [postgres]}}"), "alias:postgres"},
		{inService("networks: {default: {aliases: ['test-${A_PORT}']}}"), "alias:*"},
		{inService("networks: {default: {ipv4_address: 10.0.0.2}}"), "address:10.0.0.2"},
		{inService("networks: [back]"), "network:back"},
		{inService("logging: {driver: syslog, options: {syslog-address: 'udp://192.0.2.7'}}"), "logging:syslog"},
		{inService("logging: {driver: fluentd}"), "logging:fluentd"},
		{inService("logging: {driver: '${A_PORT}'}"), "logging:*"},
		{inService("logging: {options: {syslog-address: 'udp://192.0.2.7'}}"), "logging:*"},
		{inService("restart: 'no'") + "networks: {n: {driver_opts: {com.docker.network.bridge.name: docker0}}}\n", "network-option:com.docker.network.bridge.name"},
		{inService("restart: 'no'") + "networks: {n: {ipam: {config: [{subnet: 10.0.0.0/8}]}}}\n", "subnet:10.0.0.0/8"},
		{inService("restart: 'no'") + "networks: {n: {ipam: {driver: other}}}\n", "subnet:*"},
		{inService("env_file: [{path: /etc/environment}]"), "mount:/etc/environment"},
		{inService("label_file: /etc/x"), "mount:/etc/x"},
		{inService("build: /etc"), "mount:/etc"},
		{inService("build: {context: ., dockerfile: /etc/passwd}"), "mount:/etc/passwd"},
		{inService("secrets: [postgres_password]"), "secret:postgres_password"},
		{inService("configs: [{source: other}]"), "config:other"},
		{inService("restart: 'no'") + "volumes: {v: {driver_opts: {type: none, o: bind, device: /etc}}}\n", "mount:/etc"},
		{inService("restart: 'no'") + "volumes: {v: {driver_opts: {type: '${A_PORT}', o: bind, device: /etc}}}\n", "mount:/"},
		{inService("restart: 'no'") + "volumes: {v: {driver_opts: {type: overlay, o: 'lowerdir=/etc', device: overlay}}}\n", "mount:/"},
		{inService("restart: 'no'") + "volumes: {v: {external: true}}\n", "volume:v"},
		{inService("restart: 'no'") + "volumes: {v: {name: theirs}}\n", "volume:theirs"},
		{inService("restart: 'no'") + "volumes: {v: {driver: sshfs}}\n", "driver:sshfs"},
		{inService("restart: 'no'") + "networks: {n: {driver: host}}\n", "network:host"},
		{inService("restart: 'no'") + "networks: {n: {external: true, name: bridge}}\n", "network:bridge"},
		{inService("restart: 'no'") + "secrets: {s: {file: /etc/shadow}}\n", "mount:/etc/shadow"},
		{inService("restart: 'no'") + "configs: {c: {external: true}}\n", "config:c"},
		// Anchors and merge keys hide nothing.
		{"x-a: &a {privileged: true}\nservices: {a: {<<: *a, image: x}}\n", "privileged"},
		{"x-a: &a [/:/host]\nservices: {a: {image: x, volumes: *a}}\n", "mount:/"},
	} {
		if refused := keysOf(policy.CheckWithin([]byte(c.fragment), testManifest(), policy.Bounds{Root: root, Dir: root})); !slices.Contains(refused, c.key) {
			t.Errorf("want %s, got %q for\n%s", c.key, refused, c.fragment)
		}
		for _, d := range policy.CheckFragment([]byte(c.fragment), testManifest(), []string{c.key}, root) {
			if d.Code == policy.CodePermission && strings.HasSuffix(d.Hint, "-grant="+c.key) {
				t.Errorf("%s does not lift %+v of\n%s", c.key, d, c.fragment)
			}
		}
	}
}

func keysOf(found []policy.Finding) (keys []string) {
	for _, f := range found {
		keys = append(keys, f.Key)
	}
	return keys
}

func TestNoPermissionLiftsWhatAFragmentMayNotHave(t *testing.T) {
	t.Parallel()
	everything := []string{"privileged", "mount:/", "docker.sock", "network:host", "volume:*"}
	for _, c := range []struct{ fragment, code, says string }{
		{"include: [other.yml]\nservices: {a: {image: x}}", policy.CodeKey, "include"},
		{"name: other\nservices: {a: {image: x}}", policy.CodeKey, "name"},
		{"models: {m: {}}\nservices: {a: {image: x}}", policy.CodeKey, "models"},
		{inService("extends: {file: x.yml, service: y}"), policy.CodeKey, "services.a.extends"},
		{inService("provider: {type: ./x}"), policy.CodeKey, "services.a.provider"},
		{inService("develop: {watch: []}"), policy.CodeKey, "services.a.develop"},
		{inService("credential_spec: {file: x}"), policy.CodeKey, "services.a.credential_spec"},
		{inService("invented_tomorrow: 1"), policy.CodeKey, "services.a.invented_tomorrow"},
		{inService("pre_start: [{image: x}]"), policy.CodeKey, "services.a.pre_start"},
		{inService("build: {context: ., ssh: [default]}"), policy.CodeKey, "services.a.build.ssh"},
		{inService("build: {context: ., additional_contexts: {x: /}}"), policy.CodeKey, "services.a.build.additional_contexts"},
		{inService("labels: {com.docker.compose.project: other}"), policy.CodeKey, "com.docker.compose.project"},
		{inService("environment: ['${A_PORT}']"), policy.CodeKey, "a name that is made of a variable"},
		{inService("environment: ['${A_PORT:-x=y}']"), policy.CodeKey, "a name that is made of a variable"},
		{inService("environment: [HOME]"), policy.CodeVariable, "HOME"},
		{inService("environment: {HOME: }"), policy.CodeVariable, "HOME"},
		{inService("command: ['${AWS_SECRET_ACCESS_KEY}']"), policy.CodeVariable, "AWS_SECRET_ACCESS_KEY"},
		{inService("command: ['${A_PORT:-$${X}${HIDDEN:-}}']"), policy.CodeVariable, "HIDDEN"},
		{inService("command: $OTHER"), policy.CodeVariable, "OTHER"},
		{inService("restart: 'no'") + "secrets: {s: {environment: AWS_SECRET_ACCESS_KEY}}", policy.CodeVariable, "AWS_SECRET_ACCESS_KEY"},
		{"services: {a: {image: x}, c: {image: y}}", policy.CodeService, `"c" is not in the manifest`},
		{"services: {b: {image: x}}", policy.CodeService, `"a" is missing`},
		{"services: {a: {image: !reset x}}", policy.CodeFragment, "tags of its own"},
		{"services: {a: {image: x}}\n---\nservices: {postgres: {privileged: true}}", policy.CodeFragment, "more than one"},
		{"services: {a: &a {x-b: *a}}", policy.CodeFragment, "contains itself"},
		{"services: {a: {image: x, 1: y}}", policy.CodeFragment, "a key that is no text"},
		{inService("pid:"), policy.CodeFragment, "services.a.pid is empty"},
		{"services: [a]", policy.CodeFragment, "services is no mapping"},
		{"services: {a: [x]}", policy.CodeFragment, "services.a is no mapping"},
		{"\x00", policy.CodeFragment, "no YAML"},
		{strings.Repeat(" ", policy.MaxFragment+1), policy.CodeFragment, "1048577 bytes"},
		{bomb(), policy.CodeFragment, "more than 50000 values"},
	} {
		found := policy.CheckFragment([]byte(c.fragment), testManifest(), everything, t.TempDir())
		if !slices.ContainsFunc(found, func(d manifest.Diagnostic) bool { return d.Code == c.code && strings.Contains(d.Summary, c.says) }) {
			t.Errorf("want %s %q, got %+v for\n%.200s", c.code, c.says, found, c.fragment)
		}
	}
}

// bomb is aliases of aliases: small to read, endless to write out.
func bomb() string {
	text := "x-0: &x0 [lol]\n"
	for i := 1; i < 10; i++ {
		before := "*x" + string(rune('0'+i-1))
		text += "x-" + string(rune('0'+i)) + ": &x" + string(rune('0'+i)) + " [" + strings.Repeat(before+", ", 9) + before + "]\n"
	}
	return text + "services: {a: {image: x}}\n"
}

func TestAGrantIncludesWhatLiesBelow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		granted, key string
		want         bool
	}{
		{"mount:/data", "mount:/data/x", true},
		{"mount:/data", "mount:/database", false},
		{"mount:/", "mount:/etc", true},
		{"mount:/data/x", "mount:/data", false},
		{"mount:/etc", "device:/etc", false},
		{"cap:ALL", "cap:NET_ADMIN", true},
		{"cap:NET_ADMIN", "cap:ALL", false},
		{"privileged", "cap:SYS_ADMIN", true},
		{"privileged", "device:/dev/sda", true},
		{"privileged", "mount:/", false},
		{"privileged", "docker.sock", false},
		{"volume:*", "volume:x", true},
		{"publish:*", "publish:192.0.2.7", true},
		{"mount:.", "mount:./env", true},
		{"mount:.", "mount:/env", false},
		{"variable:*", "variable:DB_PASSWORD", false},
		{"network:host", "network:other", false},
	} {
		if got := policy.Covers(c.granted, c.key); got != c.want {
			t.Errorf("%s includes %s: got %v", c.granted, c.key, got)
		}
	}
}

// FuzzFragment: no text makes the reader fall over, and what it lets pass
// without a permission reaches for nothing that a few plain words can name.
func FuzzFragment(f *testing.F) {
	f.Add([]byte("services: {a: {image: x, volumes: ['./x:/x']}}"))
	f.Add([]byte("x-a: &a {privileged: true}\nservices: {a: {<<: *a, image: x}}\n"))
	f.Add([]byte(inService("environment: [A_PORT]") + "volumes: {v: {driver_opts: {device: /x, o: bind}}}"))
	f.Add([]byte(bomb()))
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(policy.CheckFragment(data, testManifest(), nil, root)) > 0 {
			return
		}
		tree, err := policy.ReadFragment(data)
		if err != nil {
			t.Fatalf("passed, and cannot be read: %v", err)
		}
		services, _ := tree["services"].(map[string]any)
		for name := range services {
			if name != "a" && name != "b" {
				t.Errorf("passed with the service %q", name)
			}
			service, _ := services[name].(map[string]any)
			for _, key := range []string{"cap_add", "devices", "provider", "extends", "gpus"} {
				if l, isList := service[key].([]any); service[key] != nil && (!isList || len(l) > 0) {
					t.Errorf("passed with %s: %v", key, service[key])
				}
			}
		}
	})
}
