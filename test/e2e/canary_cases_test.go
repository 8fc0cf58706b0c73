package e2e_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// canaryExempt are the targets that cannot succeed here, and why. They have to
// fail in every form all the same.
var canaryExempt = map[string]string{
	"ci":    "runs this very test, for many minutes, in Spellbook's own repository",
	"bench": "measures for minutes, with nothing beside it, in Spellbook's own repository",
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
		c.every(call("clean:containers").in("dry"))
		for _, name := range []string{"infra:down", "clean:containers", "clean:images", "clean:all"} {
			c.ends(name, form)
		}
	}
	for _, name := range []string{"infra:down", "clean:images", "clean:all"} {
		c.every(call(name).in("dry"))
	}
	for _, form := range []string{"dry", "plain", "github", "terminal"} {
		c.every(call("infra:up", "-services=redis,api").in("json"))
		c.ends("clean:volumes", form)
	}
}

// ends takes down what is quickly up.
func (c *canaries) ends(name, form string) {
	c.every(call("infra:up", "-services=api").in(form))
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
	const soon = 700 * time.Millisecond
	c.every(call("infra:status"))
	c.every(call("infra:stats"))
	c.every(call("infra:config"))
	c.every(call("infra:graph"))
	c.every(call("infra:graph", "-format=dot").in("plain"))
	c.every(call("infra:timeline"))
	c.every(call("infra:timeline", "-html="+filepath.Join(c.dir, "timeline.html")).in("plain"))
	c.every(call("infra:logs"))
	c.every(call("infra:pull", "-services=pulled").with("PULLED_IMAGE=" + published(c.t, "lab/service:1")))
	c.every(call("infra:exec", "postgres", "true"))
	c.every(call("infra:shell", "postgres").typed("exit\n"))
	c.every(call("infra:psql", "-command=select 1"))
	c.every(call("infra:redis", "-command=ping"))
	c.every(call("infra:cypher", "-command=RETURN 1"))
	for _, name := range []string{"infra:logs", "infra:stats"} {
		for _, f := range c.forms(call(name, "-follow").until(soon).in("plain", "terminal")) {
			c.make(call(name, "-follow").until(soon), f, "Ctrl-C")
		}
	}
}

// slips are calls that are wrong in themselves.
func (c *canaries) slips() {
	for _, k := range []canaryCall{
		call("bench"), call("ci", "-only=nothing"),
		call("env:use", "nowhere"), call("env:show", "-reveal").in("plain", "github", "json"), call("env:show", "-reveal").typed("n\n").in("terminal"),
		call("env:explain", "NOBODY"), call("env:diff", canaryEnvironment, "nowhere"), call("env:set", "POSTGRES_PORT=no"),
		call("env:set", "API_TOKEN").in("plain", "github"), call("env:rotate", "CRASH"), call("env:sync", "-env=nowhere"),
		call("env:export"), call("env:export", "-prefix=A"), call("env:export", "-only=NOBODY"), call("env:check", "-env=nowhere"),
		call("infra:up", "-services=nobody"), call("infra:up", "-profile=nobody"), call("infra:up", "-timeout=-1s"),
		call("infra:down", "-volumes").in("plain", "github"), call("infra:down", "-volumes").typed("n\n").in("terminal"),
		call("infra:stop", "-services=nobody"), call("infra:start", "-services=nobody"), call("infra:restart", "-services=nobody"),
		call("infra:recreate", "-services=nobody"), call("infra:logs", "-services=nobody"), call("infra:logs", "-grep=("), call("infra:graph", "-format=x"),
		call("infra:pull", "-services=nobody"), call("infra:pull", "-services=pulled").with("PULLED_IMAGE=127.0.0.1:1/none").in("plain", "github", "terminal"),
		call("infra:exec", "postgres", "exit 3"), call("infra:shell", "nobody"), call("infra:psql", "-command=select nonsense"),
		call("infra:psql", "-command=select 1").with("POSTGRES_PASSWORD=" + c.secret("a wrong password of PostgreSQL")),
		call("infra:cypher", "-command=RETURN 1").with("NEO4J_PASSWORD=" + c.secret("a wrong password of Neo4j")),
		call("infra:redis", "-service=nobody"),
	} {
		c.fails(k, "a slip")
	}
	c.every(call("infra:redis", "-command=ping").with("REDIS_PASSWORD=" + c.secret("a wrong password of Redis")).in("plain")) // redis-cli succeeds
}

// everything is each target as it would succeed if nothing were wrong, and
// without a question.
func (c *canaries) everything() []canaryCall {
	return []canaryCall{
		call("env:use", canaryEnvironment), call("env:check"), call("env:show"), call("env:list"), call("env:explain", "API_TOKEN"),
		call("env:diff", canaryEnvironment, "lab"), call("env:export", "-only=CRASH"), call("env:template"),
		call("env:lab"), call("env:local"), call("env:dev"), call("env:test"),
		call("env:sync", "-yes"), call("env:rotate", "SALT"), call("env:set", "CRASH=0s"),
		call("infra:up"), call("infra:status"), call("infra:config"), call("infra:graph"), call("infra:stats"), call("infra:logs"),
		call("infra:timeline"), call("infra:pull", "-services=pulled"), call("infra:stop"), call("infra:start"), call("infra:restart"),
		call("infra:recreate"), call("infra:down", "-yes"), call("infra:exec", "postgres", "true"), call("infra:shell", "postgres").typed("exit\n"),
		call("infra:psql", "-command=select 1"), call("infra:redis", "-command=ping"), call("infra:cypher", "-command=RETURN 1"),
		call("clean:containers", "-yes"), call("clean:images", "-yes"), call("clean:volumes", "-yes"), call("clean:all", "-yes"),
	}
}

// trouble is something that is wrong in the repository or on the machine.
type trouble struct {
	what   string
	target string // what has to fail; all that read the Compose files when empty
	file   string // whose text it changes
	change func(text string) string
	env    []string
}

func adds(line string) func(string) string {
	return func(text string) string { return text + line + "\n" }
}

func replaces(old, now string) func(string) string {
	return func(text string) string { return strings.Replace(text, old, now, 1) }
}

func (c *canaries) troubles() []trouble {
	const envFile, compose = "env/.env." + canaryEnvironment, "compose/docker-compose.yml"
	list := []trouble{
		{what: "a key of several lines without quotes", file: envFile, change: adds("EXTRA_KEY=" + c.secret("EXTRA_KEY", "\n", " ", "\n"))},
		{what: "a required variable is missing", file: envFile, change: replaces("POSTGRES_PASSWORD=", "POSTGRES_PASSWORT=")},
		{what: "no engine", env: []string{"DOCKER_HOST=unix:///nowhere.sock"}, target: "infra:up"},
		{what: "a crash", env: []string{"CRASH=200ms"}, target: "infra:up"},
		{what: "a taken port", env: []string{"POSTGRES_PORT=" + strconv.Itoa(c.taken())}, target: "infra:up"},
		{what: "the template is spoilt", file: "env/.env.example", change: adds("# [nonsense]\nEXTRA_TOKEN=" + c.secret("EXTRA_TOKEN")), target: "env:check"},
	}
	for what, line := range map[string]string{
		"a quote that does not end":      "EXTRA_TOKEN='" + c.secret("EXTRA_TOKEN 1"),
		"a double quote that does not":   "EXTRA_TOKEN=\"" + c.secret("EXTRA_TOKEN 2"),
		"something behind the quote":     "EXTRA_TOKEN='a'" + c.secret("EXTRA_TOKEN 3"),
		"a value alone":                  c.secret("EXTRA_TOKEN 4", " "),
		"a name with a blank":            "EXTRA TOKEN=" + c.secret("EXTRA_TOKEN 5"),
		"a reference that does not end":  "EXTRA_TOKEN=${" + c.secret("EXTRA_TOKEN 6"),
		"a reference that is none":       "EXTRA_TOKEN=${NO:?" + c.secret("EXTRA_TOKEN 7") + "}",
		"a reference with a bad operand": "EXTRA_TOKEN=${" + c.secret("EXTRA_TOKEN 8") + "!x}",
	} {
		list = append(list, trouble{what: what, file: envFile, change: adds(line), target: "infra:config"})
	}
	for _, place := range []string{"mem_limit", "stop_grace_period", "pids_limit", "cpus", "scale", "restart", "pull_policy", "network_mode", "privileged",
		"ports: [X:80]#", "ports: ['80:X']#", "expose: [X]#", "volumes: ['X']#", "healthcheck: {interval: X}#", "healthcheck: {retries: X}#",
		"depends_on: [X]#", "extra_hosts: [X]#", "ulimits: {nofile: X}#", "deploy: {replicas: X}#", "secrets: [X]#", "env_file: X#", "image: X X#", "container_name"} {
		for _, name := range []string{"API_TOKEN", "LICENCE", "SALT", "SEED"} {
			list = append(list, trouble{what: name + " as " + place, file: compose, change: replaces("  api:\n", "  api:\n    "+misplaced(place, name)+"\n"), target: "?"})
		}
	}
	return list
}

// misplaced is a line of a service with a secret where something else belongs.
func misplaced(place, name string) string {
	reference := "${" + name + "}"
	if before, isLine := strings.CutSuffix(place, "#"); isLine {
		if strings.Contains(before, "'") {
			return strings.ReplaceAll(before, "X", reference)
		}
		return strings.ReplaceAll(before, "X", `"`+reference+`"`)
	}
	return place + `: "` + reference + `"`
}
