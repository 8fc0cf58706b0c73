package canary_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// Every secret of a repository is a canary. Every target runs in every form in
// which it can report, in success and in failure, while all command lines of
// the machine are watched. Afterwards no canary, nor eight characters of one in
// any spelling, may be in what was said, in any file, in any command line or
// in what the engine keeps, but in the places where it belongs.
func TestNoSecretComesOut(t *testing.T) {
	t.Parallel()
	c := newCanaries(t)
	targets := c.targets()
	w := newWatch()
	control := newCanary()
	w.show(t, control)

	c.environments()
	c.lives()
	c.every(call("infra:up").in("plain"))
	c.slips()
	c.engine()
	c.endures()

	lines := w.end()
	t.Logf("%d calls of %d targets; %d command lines of %d samples in %d looks", len(c.runs), len(targets), len(lines), w.samples, w.looks)
	if !seen(lines, control) {
		t.Error("the watch does not see a process of 20 ms")
	}
	c.covers(targets)
	c.quiet()
	for _, line := range lines {
		c.commandLine(line)
	}
	c.files(c.Dir)
	c.files(c.home)
}

// endures goes through all troubles.
func (c *canaries) endures() {
	for _, x := range c.troubles() {
		if x.together {
			restore := c.spoil(x)
			stacktest.AtOnce(len(x.calls), func(i int) { c.suffers(x, x.calls[i]) })
			restore()
			continue
		}
		for _, k := range x.calls {
			for _, f := range c.forms(k) {
				restore := c.spoil(x) // each time, for some targets mend it
				c.suffers(x, k.in(f.name))
				restore()
				c.activate()
			}
		}
	}
}

func (c *canaries) suffers(x trouble, k canaryCall) {
	for _, f := range c.forms(k) {
		if r := c.make(k.with(x.env...), f, x.what); r.code == 0 && x.fails {
			c.T.Errorf("%s: succeeds\n%s", r, r.output)
		}
	}
}

func (c *canaries) spoil(x trouble) (restore func()) {
	if x.file == "" {
		return func() {}
	}
	text := c.written[x.file]
	spoilt := x.change(text)
	if spoilt == text {
		c.T.Fatalf("%s: nothing is spoilt in %q", x.what, x.file)
	}
	c.private(x.file, spoilt)
	return func() { c.private(x.file, text) }
}

// covers: every target has succeeded and failed in every form that it has.
func (c *canaries) covers(targets []string) {
	did := map[string]bool{}
	for _, r := range c.runs {
		did[fmt.Sprint(r.call.target, " ", r.form, " ", r.code == 0)] = true
		if !slices.Contains(targets, r.call.target) {
			c.T.Errorf("there is no target %s", r.call.target)
		}
	}
	for _, target := range targets {
		if ofPlugins.MatchString(target) || ofBuilds.MatchString(target) || ofDeployments.MatchString(target) || ofTests.MatchString(target) {
			continue // TestNoSecretOfAPluginComesOut, TestNoSecretOfABuildComesOut, in test/e2e/isolated TestNoSecretOfACopyComesOut
		}
		for _, f := range c.forms(call(target)) {
			if _, exempt := canaryExempt[target]; !exempt && !did[fmt.Sprint(target, " ", f.name, " ", true)] {
				c.T.Errorf("%s never succeeds in the form %s: it needs a case", target, f.name)
			}
			if f.flag == "" && !did[fmt.Sprint(target, " ", f.name, " ", false)] {
				c.T.Errorf("%s never fails in the form %s: it needs a case", target, f.name)
			}
		}
	}
}

// commandLine searches one. What the user types is in that of the target
// itself, who is told so.
func (c *canaries) commandLine(line string) {
	found := c.hunt.in([]byte(line))
	if strings.HasPrefix(line, stacktest.Binary(c.T)+"\x00env:set\x00") {
		maps.DeleteFunc(found, func(name, _ string) bool { return strings.HasPrefix(name, typedByMistake) })
	}
	for name, text := range found {
		c.T.Errorf("a command line has %s: %s", name, text)
	}
}

// quiet: what was said gives away what was asked for, and nothing else.
func (c *canaries) quiet() {
	for _, r := range c.runs {
		c.hunt.only(c.T, r.String(), r.output, r.call.reveals...)
	}
}

// belongs are the files that hold the secrets.
var belongs = regexp.MustCompile(`^(env/\.env\.[a-z]+|\.env|\.env\.backup-.*|deployed/api\.env|\.spellbook/test/[a-z]+\.env)$`)

// files searches all others, and their names.
func (c *canaries) files(root string) {
	searched := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		c.hunt.none(c.T, "the name of a file", []byte(name))
		if d.IsDir() || root == c.Dir && belongs.MatchString(filepath.ToSlash(name)) && name != "env/.env.example" {
			return nil
		}
		if link, err := os.Readlink(path); err == nil {
			c.hunt.none(c.T, "the link "+name, []byte(link))
			return nil
		}
		text, err := os.ReadFile(path)
		c.hunt.none(c.T, name, text)
		searched++
		return err
	})
	if err != nil || searched == 0 {
		c.T.Errorf("%d files below %s: %v", searched, root, err)
	}
}

// engine: a container has its secrets in its environment. Nothing else that
// the engine keeps of it has one, least of all its labels.
func (c *canaries) engine() {
	inEnvironment := map[string]string{}
	for id := range maps.Values(c.IDs()) {
		id, _, _ = strings.Cut(id, " ")
		environment := stacktest.Docker(c.T, "inspect", "-f", "{{json .Config.Env}}", id)
		maps.Copy(inEnvironment, c.hunt.in([]byte(environment)))
		everything := stacktest.Docker(c.T, "inspect", "-f", "{{json .}}", id)
		rest := strings.Replace(everything, strings.TrimSpace(environment), "null", 1)
		if rest == everything {
			c.T.Fatal("an environment is not where it was expected")
		}
		c.hunt.none(c.T, "docker inspect", []byte(rest))
	}
	for _, name := range []string{"POSTGRES_PASSWORD", "REDIS_PASSWORD", "API_TOKEN", "SHELL_TOKEN", "DEPLOYED_KEY"} {
		if inEnvironment[name] == "" {
			c.T.Errorf("no container has %s: this test has no use", name)
		}
	}
	for _, kind := range []string{"network", "volume"} {
		list := strings.Fields(stacktest.Docker(c.T, kind, "ls", "-q", "--filter", "label=com.docker.compose.project="+c.Name))
		if len(list) == 0 {
			c.T.Errorf("no %s", kind)
		}
		c.hunt.none(c.T, "docker "+kind+" inspect", []byte(stacktest.Docker(c.T, append([]string{kind, "inspect"}, list...)...)))
	}
}
