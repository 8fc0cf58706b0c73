package canary_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// canaryServices have a secret wherever Compose can take one. ${CRASH} makes
// api crash.
const canaryServices = `
  postgres:
    image: lab/postgres:15
    environment: {POSTGRES_USER: scribe, POSTGRES_PASSWORD: "${POSTGRES_PASSWORD:?is not set}", POSTGRES_DB: books}
    ports: ["127.0.0.1:${POSTGRES_PORT:-5432}:5432"]
    volumes: [data:/var/lib/postgresql/data]
    healthcheck:
      test: [CMD-SHELL, 'PGPASSWORD="$$POSTGRES_PASSWORD" psql -h 127.0.0.1 -U scribe -d books -c "select 1"']
      interval: 1h
  redis:
    image: lab/redis:7.0
    environment: {REDISCLI_AUTH: "${REDIS_PASSWORD:?is not set}"}
    command:
      - sh
      - -euc
      - |
        echo "the password is $$REDISCLI_AUTH"
        exec redis-server - <<CONFIG
        requirepass "$$REDISCLI_AUTH"
        CONFIG
    healthcheck: {test: [CMD-SHELL, '[ -n "$$REDISCLI_AUTH" ] && redis-cli ping'], interval: 1h}
  neo4j:
    image: lab/neo4j:5
    environment: {NEO4J_AUTH: "neo4j/${NEO4J_PASSWORD}"}
  api:
    image: lab/service:1
    environment:
      DATABASE_URL: postgres://scribe:${POSTGRES_PASSWORD}@postgres/books
      CACHE_URL: ${CACHE_URL}
      BROKER_URL: amqp://api:${BROKER_PASS}@broker
      API_TOKEN: ${API_TOKEN}
      LICENCE: ${LICENCE}
      SALT: ${SALT}
      SIGNING_PRIVATE_KEY: ${SIGNING_PRIVATE_KEY}
      SHELL_TOKEN:
      CRASH_AFTER: ${CRASH:-0s}
      BOOT: ${BOOT:-0s}
    env_file: [../deployed/api.env]
    secrets: [seed]
    configs: [mail]
    healthcheck: {test: [CMD, /service, health], interval: 1h}
  pulled:
    image: ${PULLED_IMAGE:-lab/service:1}
    profiles: [pulled]
    environment: {API_TOKEN: "${API_TOKEN}"}
  broker:
    image: lab/service:1
    profiles: [pulled]
    environment: {BROKER_PASS: "${BROKER_PASS}"}
volumes: {data: }
secrets: {seed: {environment: SEED}}
configs: {mail: {content: "user = mail\npassword = ${MAIL_PASS}\n"}}
`

const canaryTemplate = `# What a plain docker compose works on. [path]
COMPOSE_FILE=compose/docker-compose.yml
# Port of PostgreSQL on the host. [port]
POSTGRES_PORT=5432
# Password of PostgreSQL. [secret] [generate 24]
POSTGRES_PASSWORD=
# Password of Redis. [secret] [generate 24]
REDIS_PASSWORD=
# Password of Neo4j. [secret] [generate 24]
NEO4J_PASSWORD=
# The token's name alone tells what it is.
API_TOKEN=
# Only its mark tells that this is a secret. [secret]
LICENCE=
# Only that it is generated tells that this is a secret. [generate 32]
SALT=
# A secret of several lines.
SIGNING_PRIVATE_KEY=
# Where the broker's password goes into a URL.
BROKER_PASS=
# It goes into a configuration.
MAIL_PASS=
# Compose hands it out as a file, which is all that tells that this is a secret.
SEED=
# A URL with a password in it. [url]
CACHE_URL=
# How soon the service crashes. [duration]
CRASH=0s
# How long the service boots. [duration]
BOOT=0s
# The image of a service that is pulled.
PULLED_IMAGE=lab/service:1
`

// canaries is a repository whose every secret is known to the hunt.
type canaries struct {
	*stack
	binary  string // the targets; those of this repository
	hunt    *hunt
	home    string // what the targets may write to besides the repository
	mu      sync.Mutex
	runs    []canaryRun
	usage   map[string]string // of each target, as mage prints it
	written map[string]string // the files that a trouble may spoil, as they were
}

const canaryEnvironment = "canary"

func newCanaries(t *testing.T) *canaries {
	c := &canaries{stack: newStack(t, canaryServices), binary: stacktest.Binary(t), hunt: newHunt(), home: t.TempDir(), usage: map[string]string{}, written: map[string]string{}}
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "HOME=" + c.home, "XDG_CACHE_HOME=" + c.directory("cache"),
		"SPELLBOOK_CACHE=" + c.directory("binaries"), "TMPDIR=" + c.directory("tmp"), "DOCKER_HOST=" + c.Client.Endpoint.Host,
		"GITHUB_STEP_SUMMARY=" + filepath.Join(c.home, "summary"), "GITHUB_OUTPUT=" + filepath.Join(c.home, "output"),
		"GITHUB_ENV=" + filepath.Join(c.home, "env"), "SHELL_TOKEN=" + c.secret("SHELL_TOKEN", "&")}
	c.File("env/.env.example", canaryTemplate)
	c.environment(canaryEnvironment)
	c.environment("lab")
	c.private("deployed/api.env", "DEPLOYED_KEY="+c.secret("DEPLOYED_KEY", "-")+"\nDEPLOYED_NOTE=shown\n")
	c.File(".gitignore", "/.env\n/.env.backup-*\n/env/.env.*\n!/env/.env.example\n/deployed/\n/.spellbook/\n")
	if code, out := c.Exec("git", "init", "-q"); code != 0 {
		t.Fatal(out)
	}
	c.activate()
	for _, name := range []string{"compose/docker-compose.yml", "env/.env.example", "env/.env." + canaryEnvironment} {
		text, err := os.ReadFile(filepath.Join(c.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		c.written[name] = string(text)
	}
	return c
}

// activate switches to the environment whose secrets the containers have.
func (c *canaries) activate() {
	link := filepath.Join(c.Dir, ".env")
	_ = os.Remove(link)
	if err := os.Symlink("env/.env."+canaryEnvironment, link); err != nil {
		c.T.Fatal(err)
	}
}

func (c *canaries) directory(name string) string {
	dir := filepath.Join(c.home, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		c.T.Fatal(err)
	}
	return dir
}

// secret makes a canary.
func (c *canaries) secret(name string, separators ...string) string {
	value := newCanary(separators...)
	c.hunt.know(name, value)
	return value
}

func (c *canaries) private(name, text string) {
	c.T.Helper()
	if err := os.Chmod(c.File(name, text), 0o600); err != nil {
		c.T.Fatal(err)
	}
}

// environment writes env/.env.NAME. The canaries of the one that is active go
// by the names of their variables.
func (c *canaries) environment(env string) {
	of := ""
	if env != canaryEnvironment {
		of = " of " + env
	}
	secret := func(name string, separators ...string) string { return c.secret(name+of, separators...) }
	c.private("env/.env."+env, strings.Join([]string{
		"# The environment " + env,
		"COMPOSE_FILE=compose/docker-compose.yml",
		"POSTGRES_PORT=" + strconv.Itoa(stacktest.FreePort(c.T)),
		"POSTGRES_PASSWORD=" + secret("POSTGRES_PASSWORD", "-"),
		"REDIS_PASSWORD=" + secret("REDIS_PASSWORD", "_"),
		"NEO4J_PASSWORD=" + secret("NEO4J_PASSWORD"),
		"API_TOKEN='" + secret("API_TOKEN", `"&`, "<é ", "$") + "'",
		"LICENCE='" + secret("LICENCE", " ", "+") + "' # until 2030",
		"export SALT=\"" + secret("SALT", "%") + "\"",
		"SIGNING_PRIVATE_KEY=\"" + secret("SIGNING_PRIVATE_KEY", "\n", "\n") + "\"",
		"BROKER_PASS=" + secret("BROKER_PASS", "%40"),
		"MAIL_PASS='" + secret("MAIL_PASS", "#") + "'",
		"SEED=" + secret("SEED", "."),
		"CACHE_URL=redis://:" + secret("CACHE_URL", "%2F") + "@redis:6379/0",
		"CRASH=0s", "BOOT=0s", "PULLED_IMAGE=lab/service:1",
		"# OLD_TOKEN=" + secret("OLD_TOKEN"), ""}, "\n"))
}

var generated = regexp.MustCompile(`(?m)^([A-Z_]+)=([A-Za-z0-9]{20,})$`)

// learn takes the secrets that a target has generated.
func (c *canaries) learn() {
	files, _ := filepath.Glob(filepath.Join(c.Dir, "env", ".env.*"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, match := range generated.FindAllSubmatch(text, -1) {
			if value := string(match[2]); len(c.hunt.in(match[2])) == 0 {
				c.hunt.know(string(match[1])+" generated in "+filepath.Base(file), value)
			}
		}
	}
}

// targets are those that mage lists, with their usage.
func (c *canaries) targets() []string {
	c.T.Helper()
	list, err := exec.Command(c.binary, "-l").Output()
	if err != nil {
		c.T.Fatal(err)
	}
	_, below, found := strings.Cut(string(list), "Targets:\n")
	if !found {
		c.T.Fatalf("mage -l:\n%s", list)
	}
	var names []string
	for line := range strings.Lines(below) {
		if fields := strings.Fields(line); len(fields) > 0 && strings.HasPrefix(line, "  ") {
			names = append(names, strings.TrimSuffix(fields[0], "*"))
		}
	}
	for _, name := range names {
		help, err := exec.Command(c.binary, "-h", name).Output()
		if err != nil {
			c.T.Fatal(err)
		}
		c.usage[name] = string(help)
	}
	return names
}

func (c *canaries) offers(target, flag string) bool {
	return regexp.MustCompile(`(?m)^\s+-` + flag + `=`).MatchString(c.usage[target])
}
