package canary_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// ofPlugins are the targets that this test has calls for: those that look after
// plugins, and the plugins' commands.
var ofPlugins = regexp.MustCompile(`^(plugin|kafka|milvus|minio|prefect|maildev):`)

// The password of a plugin is a canary. Every target of plugins runs, in success
// and in failure, and so do those of env that show what a plugin declares.
func TestNoSecretOfAPluginComesOut(t *testing.T) {
	t.Parallel()
	c := newCanaries(t)
	targets := slices.DeleteFunc(c.targets(), func(name string) bool { return !ofPlugins.MatchString(name) })
	c.plugins("minio,maildev")
	w, control := newWatch(), newCanary()
	w.show(t, control)

	c.every(call("infra:up", "-services=minio,maildev").in("plain"))
	c.together(c.pluginCalls()...)
	c.every(call("plugin:backup", "minio", "saved").in("plain"))
	c.every(call("plugin:restore", "minio", "saved", "-yes").in("plain"))
	c.every(call("plugin:enable", "minio").in("plain", "terminal"))
	c.every(call("env:rotate", "MINIO_ROOT_PASSWORD", "-env=local").in("plain"))
	slips := c.pluginSlips()
	stacktest.AtOnce(len(slips), func(i int) { c.fails(slips[i], "a slip") })
	c.whatever(call("infra:status"), call("plugin:new", "queue"), call("plugin:verify"), call("plugin:sync"), call("plugin:sync", "-check"))
	c.whatever(call("infra:up", "-services=minio", "-timeout=5s").with("MINIO_ROOT_PASSWORD=" + c.secret("a new password of MinIO")))
	c.every(call("plugin:disable", "maildev").in("plain"))

	for _, name := range targets {
		if !slices.ContainsFunc(c.runs, func(r canaryRun) bool { return r.call.target == name }) {
			t.Errorf("%s needs a case", name)
		}
	}
	lines := w.end()
	if !seen(lines, control) {
		t.Error("the watch does not see a process of 0.1 s")
	}
	c.quiet()
	for _, line := range lines {
		c.commandLine(line)
	}
	c.files(c.Dir)
	c.files(filepath.Join(c.home, "binaries")) // fragments, manifests and what was built
	c.labels("minio")
}

// plugins enables plugins in the active environment. Their binaries are built
// with the machine's own caches.
func (c *canaries) plugins(names string) {
	out, err := exec.CommandContext(c.T.Context(), "go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		c.T.Fatal(err)
	}
	dirs := strings.Fields(string(out))
	c.Env = append(c.Env, "GOCACHE="+dirs[0], "GOMODCACHE="+dirs[1])
	file := "env/.env." + canaryEnvironment
	lines := []string{"PLUGINS=" + names, "MINIO_IMAGE=lab/s3:1", "MAILDEV_IMAGE=lab/maildev:1", "MINIO_BUCKETS=books",
		"MINIO_ROOT_PASSWORD=" + c.secret("MINIO_ROOT_PASSWORD", "_")}
	for _, port := range []string{"MINIO_PORT", "MINIO_CONSOLE_PORT", "MAILDEV_PORT", "MAILDEV_SMTP_PORT"} {
		lines = append(lines, port+"="+strconv.Itoa(stacktest.FreePort(c.T)))
	}
	c.private(file, c.written[file]+strings.Join(lines, "\n")+"\n")
	c.private("env/.env.local", c.written[file]+"PLUGINS=minio\n")
}

// pluginCalls succeed.
func (c *canaries) pluginCalls() []canaryCall {
	library := filepath.Dir(c.File("library/a.txt", "a book\n"))
	return []canaryCall{
		call("plugin:list"), call("plugin:info", "minio"), call("plugin:info", "kafka").in("plain"),
		call("minio:buckets"), call("minio:ls", "books"), call("minio:mirror", library, "books"),
		call("maildev:inbox"), call("maildev:clear", "-yes").in("plain"),
		call("infra:config").in("plain", "json"), call("infra:logs", "-services=minio").in("plain"),
		call("env:check"), call("env:show"), call("env:list").in("plain"), call("env:diff", canaryEnvironment, "lab").in("plain"),
		call("env:explain", "MINIO_ROOT_PASSWORD"), call("env:explain", "MINIO_BUCKETS").in("plain"),
		call("env:explain", "MINIO_ROOT_PASSWORD").with("MINIO_ROOT_PASSWORD=" + c.secret("MINIO_ROOT_PASSWORD of the shell")).in("plain"),
		call("env:export", "-only=MINIO_ROOT_PASSWORD").in("plain").giving("MINIO_ROOT_PASSWORD"),
	}
}

// pluginSlips are wrong in themselves, or of plugins that are not enabled.
func (c *canaries) pluginSlips() []canaryCall {
	list := []canaryCall{
		call("plugin:info", "nobody"), call("plugin:enable", "nobody"), call("plugin:disable", "nobody"), call("plugin:test", "nobody"),
		call("plugin:add", "./nowhere"), call("plugin:remove", "nobody"),
		call("minio:ls", "nowhere"), call("minio:mirror", "nowhere", "books"), call("maildev:show", "none"),
		call("minio:buckets").with("MINIO_ROOT_PASSWORD=" + c.secret("a wrong password of MinIO")),
		call("minio:buckets").with("MINIO_PORT=x"), call("env:check").with("PLUGINS=minoi"), call("env:check").with("MINIO_BUCKETS=::"),
		call("env:set", "MINIO_ROOT_PASSWORD="+c.secret(typedByMistake+", for a plugin")),
		call("kafka:create", "a"), call("kafka:delete", "a"), call("kafka:groups"), call("kafka:produce", "a"), call("kafka:tail", "a"), call("kafka:topics"),
		call("milvus:collections"), call("milvus:databases"), call("prefect:health"),
	}
	return plain(list)
}

// whatever makes calls whose outcome does not matter.
func (c *canaries) whatever(calls ...canaryCall) {
	for _, k := range calls {
		for _, f := range c.forms(k.in("plain")) {
			c.make(k, f, "whatever")
		}
	}
}

// labels: a plugin's container has the password in its environment, and the
// engine keeps it nowhere else.
func (c *canaries) labels(service string) {
	id, _, _ := strings.Cut(c.IDs()[c.Name+"-"+service+"-1"], " ")
	environment := stacktest.Docker(c.T, "inspect", "-f", "{{json .Config.Env}}", id)
	if len(c.hunt.in([]byte(environment))) == 0 {
		c.T.Errorf("%s has no secret: this test has no use", service)
	}
	rest := strings.Replace(stacktest.Docker(c.T, "inspect", "-f", "{{json .}}", id), strings.TrimSpace(environment), "null", 1)
	c.hunt.none(c.T, "docker inspect", []byte(rest))
}
