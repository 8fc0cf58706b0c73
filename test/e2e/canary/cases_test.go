package canary_test

import (
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// canaryExempt are the targets that cannot succeed here, and why. They have to
// fail in every form all the same.
var canaryExempt = map[string]string{
	"ci":       "runs this very test here; TestNoSecretOfWhatRunsTestsComesOut has it of another repository",
	"bench":    "measures for minutes, with nothing beside it, in Spellbook's own repository",
	"task:run": "the tasks that this binary has are the checks of Spellbook's own repository; the same",
}

// canarySecrets are those of the active environment, by variable.
var canarySecrets = []string{"POSTGRES_PASSWORD", "REDIS_PASSWORD", "NEO4J_PASSWORD", "API_TOKEN", "LICENCE", "SALT",
	"SIGNING_PRIVATE_KEY", "BROKER_PASS", "MAIL_PASS", "SEED", "CACHE_URL", "SHELL_TOKEN"}

// environments switches, looks at environments and changes one that no
// container has.
func (c *canaries) environments() {
	for _, name := range []string{"env:local", "env:dev", "env:test", "env:lab"} {
		c.every(call(name))
	}
	c.every(call("env:use", canaryEnvironment))
	c.every(call("env:show"))
	c.every(call("env:show", "-reveal").typed("y\n").in("terminal").giving(canarySecrets...))
	c.every(call("env:show", "-reveal", "-json").typed("y\n").in("terminal").giving(canarySecrets...))
	c.every(call("env:list"))
	c.every(call("env:check"))
	c.every(call("env:check", "-env=lab").in("plain", "json"))
	c.every(call("env:explain", "API_TOKEN"))
	c.every(call("env:explain", "API_TOKEN").with("API_TOKEN="+c.secret("API_TOKEN of the shell")).in("plain", "terminal"))
	for _, name := range append(canarySecrets, "POSTGRES_PORT") {
		c.every(call("env:explain", name).in("plain"))
	}
	c.every(call("env:diff", canaryEnvironment, "lab"))
	c.every(call("env:template"))
	c.every(call("task:list"))
	c.every(call("task:graph"))
	c.exports()
	c.changes()
}

// exports: a secret comes out where it is named, and no other one with it.
func (c *canaries) exports() {
	c.every(call("env:export", "-only=POSTGRES_PORT,CRASH"))
	for _, format := range []string{"dotenv", "shell", "json", "github"} {
		c.every(call("env:export", "-format="+format, "-only=API_TOKEN").in("plain").giving("API_TOKEN"))
	}
	c.every(call("env:export", "-only=LICENCE,SHELL_TOKEN").in("plain", "github", "terminal").giving("LICENCE", "SHELL_TOKEN"))
	c.every(call("env:export", "-only=SEED", "-prefix=CRASH").in("plain").giving("SEED"))
}

func (c *canaries) changes() {
	c.every(call("env:set", "CRASH=0s", "-env=local"))
	secret := call("env:set", "API_TOKEN", "-env=local").typed(c.secret("API_TOKEN that was set", "$", `"`) + "\n")
	secret.hidden = true
	c.every(secret)
	c.every(call("env:rotate", "SALT", "-env=local"))
	for _, form := range []string{"plain", "github", "terminal"} {
		c.every(call("env:isolate").in(form))
		c.every(call("env:isolate", "-undo").in(form))
	}
	for _, form := range []string{"dry", "plain", "github", "terminal"} {
		c.private("env/.env.test", "# nothing but\nAPI_TOKEN="+c.secret("API_TOKEN of test, "+form)+"\n")
		k := call("env:sync", "-env=test").in(form).typed("y\n")
		if form != "terminal" {
			k.args = append(k.args, "-yes")
		}
		c.every(k)
	}
}

// lives takes the stack through its life, whole the first time and with what
// is quick in each form.
func (c *canaries) lives() {
	c.every(call("infra:up"))
	c.looks()
	for _, form := range []string{"plain", "github", "terminal"} {
		for _, name := range []string{"infra:stop", "infra:start", "infra:restart", "infra:recreate"} {
			c.every(call(name, "-services=api").in(form))
		}
		for _, name := range []string{"infra:down", "clean:containers", "clean:images", "clean:all"} {
			c.ends(name, form)
		}
		c.every(call("infra:up", "-services=api").in(form))
	}
	for _, name := range []string{"infra:down", "clean:containers", "clean:images", "clean:all"} {
		c.every(call(name).in("dry"))
	}
	for _, form := range []string{"dry", "plain", "github", "terminal"} {
		c.ends("clean:volumes", form)
	}
}

// ends takes down what is up, answering what is asked.
func (c *canaries) ends(name, form string) {
	k := call(name).in(form)
	if form == "terminal" {
		k = k.typed("y\n")
	} else {
		k.args = []string{"-yes"}
	}
	c.every(k)
}

// looks does what changes nothing.
func (c *canaries) looks() {
	c.together(append(c.apart(call("infra:stats")), // which measures for two seconds
		call("infra:status"), call("infra:config"), call("infra:timeline"), call("infra:logs"),
		call("infra:graph"), call("infra:graph", "-format=dot").in("plain"),
		call("infra:timeline", "-html="+filepath.Join(c.Dir, "timeline.html")).in("plain"),
		call("infra:pull", "-services=pulled").with("PULLED_IMAGE="+stacktest.Published(c.T, "lab/service:1")),
		call("infra:exec", "postgres", "true"), call("infra:shell", "postgres").typed("exit\n"),
		call("infra:psql", "-command=select 1"), call("infra:redis", "-command=ping"), call("infra:cypher", "-command=RETURN 1"),
	)...)
	for _, form := range []string{"plain", "github", "terminal"} {
		dump := filepath.Join(c.Dir, form+".sql")
		c.every(call("infra:dump", "-output="+dump).in(form))
		c.every(call("infra:import", "-input="+dump, "-yes").in(form))
	}
	follows := []canaryCall{call("infra:logs", "-follow").in("plain"), call("infra:stats", "-follow").in("plain"),
		call("infra:logs", "-follow").in("terminal"), call("infra:stats", "-follow").in("terminal")}
	stacktest.AtOnce(len(follows), func(i int) { c.stopped(follows[i].until(after(700 * time.Millisecond))) })
	for _, form := range []string{"plain", "github", "terminal"} {
		former := c.IDs()[c.Name+"-api-1"]
		c.stopped(call("infra:recreate", "-services=api").in(form).with("BOOT=1h").until(func() bool {
			now := c.IDs()[c.Name+"-api-1"]
			return now != former && strings.HasSuffix(now, "running")
		}))
	}
}

// stopped makes a call that Ctrl-C ends.
func (c *canaries) stopped(k canaryCall) {
	for _, f := range c.forms(k) {
		c.make(k, f, "Ctrl-C")
	}
}

// typedByMistake is a secret that the user made an argument. It is in that one
// command line, and may be nowhere else.
const typedByMistake = "an argument"

// slips are calls that are wrong in themselves. Those that would change the
// stack lock it, so they take turns.
func (c *canaries) slips() {
	all := c.slipped()
	turns := slices.DeleteFunc(slices.Clone(all), func(k canaryCall) bool { return !changes.MatchString(k.target) })
	others := slices.DeleteFunc(all, func(k canaryCall) bool { return changes.MatchString(k.target) })
	stacktest.AtOnce(len(others), func(i int) { c.fails(others[i], "a slip") })
	for _, k := range turns {
		c.fails(k, "a slip")
	}
	regret := call("env:set", "API_TOKEN").typed("\x03").in("terminal")
	regret.hidden = true // earlier than it asks, Ctrl-C ends a process that has just begun
	for _, f := range c.forms(regret) {
		if r := c.make(regret, f, "Ctrl-C"); r.code != 130 {
			c.T.Errorf("%s: exit code %d\n%s", r, r.code, r.output)
		}
	}
	c.fails(call("infra:redis", "-command=ping").with("REDIS_PASSWORD="+c.secret("a wrong password of Redis")).in("plain"), "a slip")
}

var changes = regexp.MustCompile(`^(bench|ci|env:(use|set|rotate|sync|isolate)|infra:(up|down|stop|start|restart|recreate|pull|import))$`)

func (c *canaries) slipped() []canaryCall {
	return []canaryCall{
		call("bench"), call("ci", "-only=nothing"), call("task:run", "nothing"), call("task:list", "nothing"), call("task:graph", "nothing"),
		call("env:use", "nowhere"), call("env:show", "-reveal").in("plain", "github", "json"), call("env:show", "-reveal").typed("n\n").in("terminal"),
		call("env:explain", "NOBODY"), call("env:diff", canaryEnvironment, "nowhere"), call("env:set", "POSTGRES_PORT=no"),
		call("env:set", "API_TOKEN").in("plain", "github"),
		call("env:set", "LICENCE="+c.secret(typedByMistake)), call("env:set", c.secret(typedByMistake+", alone")+" ="), call("env:set", "SEED="+c.secret(typedByMistake+", for Compose")), call("env:rotate", "CRASH"), call("env:sync", "-env=nowhere"), call("env:isolate", "-undo"),
		call("env:export"), call("env:export", "-prefix=A"), call("env:export", "-only=NOBODY"), call("env:check", "-env=nowhere"),
		call("infra:up", "-services=nobody"), call("infra:up", "-profile=nobody"), call("infra:up", "-timeout=-1s"),
		call("infra:down", "-volumes").in("plain"), call("infra:down", "-volumes").typed("n\n").in("terminal"),
		call("infra:stop", "-services=nobody"), call("infra:start", "-services=nobody"), call("infra:restart", "-services=nobody"),
		call("infra:recreate", "-services=nobody"), call("infra:logs", "-services=nobody"), call("infra:logs", "-grep=("), call("infra:graph", "-format=x"),
		call("infra:pull", "-services=nobody"), call("infra:pull", "-services=pulled").with("PULLED_IMAGE=127.0.0.1:1/none").in("plain", "github", "terminal"),
		call("infra:exec", "postgres", "exit 3"), call("infra:shell", "nobody"), call("infra:psql", "-command=select nonsense"),
		call("infra:psql", "-command=select 1").with("POSTGRES_PASSWORD=" + c.secret("a wrong password of PostgreSQL")),
		call("infra:cypher", "-command=RETURN 1").with("NEO4J_PASSWORD=" + c.secret("a wrong password of Neo4j")),
		call("infra:redis", "-service=nobody"), call("infra:dump", "-service=nobody"), call("infra:import", "-input=nowhere"),
	}
}

// everything is each target as it would succeed if nothing were wrong, and
// without a question.
func (c *canaries) everything() []canaryCall {
	return append(c.environmental(), []canaryCall{
		call("infra:up"), call("infra:status"), call("infra:config"), call("infra:graph"), call("infra:stats"), call("infra:logs"),
		call("infra:timeline"), call("infra:pull", "-services=pulled"), call("infra:stop"), call("infra:start"), call("infra:restart"),
		call("infra:recreate"), call("infra:down", "-yes"), call("infra:exec", "postgres", "true"), call("infra:shell", "postgres").typed("exit\n"),
		call("infra:psql", "-command=select 1"), call("infra:redis", "-command=ping"), call("infra:cypher", "-command=RETURN 1"),
		call("infra:dump", "-output=trouble.sql"), call("infra:import", "-input=trouble.sql", "-yes"),
		call("clean:containers", "-yes"), call("clean:images", "-yes"), call("clean:volumes", "-yes"), call("clean:all", "-yes"),
	}...)
}

// environmental is each target that reads or changes environments.
func (c *canaries) environmental() []canaryCall {
	return []canaryCall{
		call("env:use", canaryEnvironment), call("env:check"), call("env:show"), call("env:list"), call("env:explain", "API_TOKEN"),
		call("env:diff", canaryEnvironment, "lab"), call("env:export", "-only=CRASH"), call("env:template"),
		call("env:lab"), call("env:local"), call("env:dev"), call("env:test"),
		call("env:sync", "-yes"), call("env:rotate", "SALT"), call("env:set", "CRASH=0s"),
	}
}

// plain restricts calls to the form that has no others beside it.
func plain(calls []canaryCall) (list []canaryCall) {
	for _, k := range calls {
		list = append(list, k.in("plain"))
	}
	return list
}

// trouble is something that is wrong in the repository or on the machine.
type trouble struct {
	what   string
	file   string // whose text it changes
	change func(text string) string
	env    []string
	calls  []canaryCall
	fails  bool // all of the calls have to
	// together: none of the calls mends it, or is in the way of another.
	together bool
}

func adds(line string) func(string) string {
	return func(text string) string { return text + line + "\n" }
}

func replaces(old, now string) func(string) string {
	return func(text string) string { return strings.Replace(text, old, now, 1) }
}

func (c *canaries) troubles() []trouble {
	const envFile, compose, template = "env/.env." + canaryEnvironment, "compose/docker-compose.yml", "env/.env.example"
	up := []canaryCall{call("infra:up", "-timeout=20s").in("json", "plain", "github", "terminal")}
	list := []trouble{
		{what: "no engine", env: []string{"DOCKER_HOST=unix:///nowhere.sock"}, calls: up, fails: true},
		{what: "a crash", env: []string{"BOOT=1h", "CRASH=200ms"}, calls: up, fails: true},
		{what: "a taken port", env: []string{"POSTGRES_PORT=" + strconv.Itoa(stacktest.Listener(c.T).Addr().(*net.TCPAddr).Port)}, calls: up, fails: true},
		{what: "a required variable is missing", file: envFile, change: replaces("POSTGRES_PASSWORD=", "MOVED_PASSWORD="), calls: c.everything()},
		{what: "a key of several lines without quotes", file: envFile, change: adds("EXTRA_KEY=" + c.secret("EXTRA_KEY", "\n", " ", "\n")), calls: plain(c.everything())},
		{what: "the template is spoilt", file: template, change: adds("# [nonsense]\nEXTRA_TOKEN=" + c.secret("EXTRA_TOKEN")), calls: c.environmental()},
		{what: "the Compose file is no YAML", file: compose, change: adds("\t: ["), calls: append(plain(c.everything()), call("env:template").in("github", "terminal"))},
	}
	return slices.Concat(list, c.badLines(envFile), c.misplaced(compose))
}

// badLines are lines of an env file that hold a secret otherwise than they
// should.
func (c *canaries) badLines(file string) (list []trouble) {
	looks := []canaryCall{call("infra:config"), call("infra:up", "-dry"), call("env:check"), call("env:show"), call("env:list"),
		call("env:diff", canaryEnvironment, "lab"), call("env:explain", "EXTRA_TOKEN"), call("env:export"), call("env:rotate", "API_TOKEN"),
		call("env:use", canaryEnvironment)}
	for what, line := range map[string]string{
		"a quote that does not end":      "EXTRA_TOKEN='§",
		"a double quote that does not":   "EXTRA_TOKEN=\"§",
		"something behind the quote":     "EXTRA_TOKEN='a'§",
		"a value alone":                  "§",
		"a value alone behind export":    "export §",
		"a name with a blank":            "EXTRA TOKEN=§",
		"a reference that does not end":  "EXTRA_TOKEN=${§",
		"a reference that is none":       "EXTRA_TOKEN=${NO:?§}",
		"a reference with a bad operand": "EXTRA_TOKEN=${§!x}",
		"a reference to what is none":    "EXTRA_TOKEN=a$§",
		"a key whose lines are words":    "EXTRA_KEY=§\n§\n§",
		"a key whose last line has =":    "EXTRA_KEY=-----BEGIN PRIVATE KEY-----\n§\n§==",
		"a key with + and /":             "EXTRA_KEY=-----BEGIN PRIVATE KEY-----\n§+§\n§/§\n§=\n-----END PRIVATE KEY-----",
		"a secret that goes on":          "EXTRA_TOKEN=§\n§=",
	} {
		for n := 1; strings.Contains(line, "§"); n++ {
			line = strings.Replace(line, "§", c.secret(fmt.Sprint(what, " ", n)), 1)
		}
		list = append(list, trouble{what: what, file: file, change: adds(line), calls: plain(looks), together: true})
	}
	end := c.secret("a value alone, at the end of the file")
	return append(list, trouble{what: "a value alone, at the end of the file", file: file, calls: plain(looks), together: true,
		change: func(text string) string { return text + end }})
}

// misplaced are secrets where Compose wants something else, so that it
// complains of the value.
func (c *canaries) misplaced(file string) (list []trouble) {
	names := []string{"API_TOKEN", "LICENCE", "SALT", "SEED"}
	for i, place := range []string{"mem_limit: X", "stop_grace_period: X", "pids_limit: X", "cpus: X", "scale: X", "restart: X", "pull_policy: X",
		"network_mode: X", "privileged: X", "container_name: X", "ports: [X:80]", "ports: ['80:X']", "expose: [X]", "volumes: [X]", "healthcheck: {interval: X}",
		"healthcheck: {retries: X}", "depends_on: [X]", "extra_hosts: [X]", "ulimits: {nofile: X}", "deploy: {replicas: X}", "secrets: [X]",
		"env_file: X", "image: X X", "ports: [{target: X}]", "sysctls: [X]", "tmpfs: [X]", "devices: [X]", "build: {context: X}"} {
		line := strings.ReplaceAll(place, "X", "${"+names[i%len(names)]+"}")
		list = append(list, trouble{what: names[i%len(names)] + " at " + place, file: file,
			change: replaces("  neo4j:\n", "  neo4j:\n    "+inQuotes(line)+"\n"),
			calls:  []canaryCall{call("infra:config").in("plain"), call("env:check").in("json")}, together: true})
	}
	return list
}

var inPlace = regexp.MustCompile(`'?[^ '\[]*\$\{\w+\}[^\]}']*'?`)

// inQuotes has quotes around what refers to a variable.
func inQuotes(line string) string {
	return inPlace.ReplaceAllStringFunc(line, func(text string) string { return "'" + strings.Trim(text, "'") + "'" })
}
