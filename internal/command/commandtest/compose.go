package commandtest

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// StackCompose is the Compose file of NewStack: a database with a health check, a
// one-shot after it, and what needs both. Nothing publishes a port.
const StackCompose = `name: demo
services:
  db:
    image: db:1
    environment: {PASSWORD: "${DB_PASSWORD:?is not set}"}
    healthcheck: {test: [CMD, ready]}
    volumes: [data:/data]
  migrate:
    image: migrate:1
    depends_on: {db: {condition: service_healthy}}
  api:
    image: api:1
    healthcheck: {test: [CMD, ready]}
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
  debug:
    image: debug:1
    healthcheck: {test: [CMD, ready]}
    profiles: [tools]
volumes: {data: {}}
`

// NewStack is a repository with the services of StackCompose, an engine that has
// their images and none of their containers, and a docker command that makes what
// Engine.Stack says: containers as they are once they have been started.
func NewStack(t *testing.T) (*Repository, *Engine) {
	t.Helper()
	r, e := NewEngineRepository(t)
	r.Write("compose/docker-compose.yml", StackCompose)
	for _, name := range []string{"api", "db", "debug", "migrate"} {
		c := r.Container(name, name+":1")
		c.Health, c.NetworkIDs = "healthy", []string{"demo_default"}
		e.Stack = append(e.Stack, c)
		e.Images = append(e.Images, &Image{ID: c.ImageID, Tags: []string{c.Image}})
	}
	e.Made("db").Volumes = []string{"demo_data"}
	e.Made("migrate").State, e.Made("migrate").Health = "exited", ""
	e.compose = newCompose(t)
	r.Env = append(r.Env, "PATH="+e.compose.dir)
	return r, e
}

// Made is what Compose makes of a service.
func (e *Engine) Made(service string) *Container { return serviceOf(e.Stack, service) }

// Service is the first container of a service; nil for none.
func (e *Engine) Service(name string) *Container { return serviceOf(e.Containers, name) }

func serviceOf(list []*Container, name string) *Container {
	i := slices.IndexFunc(list, func(c *Container) bool { return c.Labels[labelService] == name })
	if i < 0 {
		return nil
	}
	return list[i]
}

// Lose takes an image from the engine.
func (e *Engine) Lose(ref string) {
	e.Images = slices.DeleteFunc(e.Images, func(i *Image) bool { return slices.Contains(i.Tags, ref) })
}

// With are labels with one of another value.
func With(labels map[string]string, name, value string) map[string]string {
	labels = maps.Clone(labels)
	labels[name] = value
	return labels
}

const (
	labelProject = "com.docker.compose.project"
	labelService = "com.docker.compose.service"
	labelHash    = "com.docker.compose.config-hash"
)

// compose is a docker command that notes its calls. What they do is done when the
// engine is asked for the next time.
type compose struct {
	dir    string
	failed bool              // one of its calls
	noted  int               // bytes of the calls that are done
	said   map[string]string // what it answers
	made   int               // containers
	clock  time.Time
}

// dockerScript is that command. A file named after a command of Compose is what
// that fails with.
const dockerScript = `#!/bin/sh
dir='%s'
say() { while IFS= read -r line; do printf '%%s\n' "$line"; done <"$1"; }
for word; do
  if [ -e "$dir/fail-$word" ]; then
    printf '1 %%s\n' "$*" >>"$dir/calls"
    say "$dir/fail-$word" >&2
    exit 1
  fi
done
printf '0 %%s\n' "$*" >>"$dir/calls"
case "$*" in
'compose version --short') say "$dir/version" ;;
*' config --hash *') say "$dir/hashes" ;;
*' create '* | *' up -d '* | *' up --no-start '* | *' pull '*) ;;
*) echo "unexpected: docker $*" >&2; exit 125 ;;
esac
`

func newCompose(t *testing.T) *compose {
	t.Helper()
	c := &compose{dir: t.TempDir(), said: map[string]string{}, clock: time.Date(2026, 5, 6, 11, 0, 0, 0, time.UTC)}
	path := filepath.Join(c.dir, "docker")
	if err := os.WriteFile(path, fmt.Appendf(nil, dockerScript, c.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	c.say(t, "version", "2.40.0\n")
	return c
}

// ComposeVersion has the docker command say another version.
func (e *Engine) ComposeVersion(version string) { e.compose.say(e.T, "version", version+"\n") }

// FailCompose has a command of Compose fail: create, pull, config, version.
func (e *Engine) FailCompose(command, with string) { e.compose.say(e.T, "fail-"+command, with+"\n") }

// failed: a call of the docker command has failed.
func (e *Engine) failed() bool { return e.compose != nil && e.compose.failed }

// say gives the docker command an answer, where it is another than before: it may
// be reading that.
func (c *compose) say(t testing.TB, name, text string) {
	t.Helper()
	if c.said[name] == text {
		return
	}
	c.said[name] = text
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		t.Error(err)
	}
}

// sync does what the docker command was called for since, and tells it what
// Compose would label the stack with.
func (e *Engine) sync() {
	if e.compose == nil {
		return
	}
	calls, _ := os.ReadFile(filepath.Join(e.compose.dir, "calls"))
	for line := range strings.Lines(string(calls)[e.compose.noted:]) {
		code, line, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.Contains(line, "canary") {
			e.T.Errorf("a secret is an argument: docker %s", line)
		}
		e.docker(strings.Fields(line), code == "0")
	}
	e.compose.noted = len(calls)
	hashes := ""
	for _, c := range e.Stack {
		hashes += c.Labels[labelService] + " " + c.Labels[labelHash] + "\n"
	}
	e.compose.say(e.T, "hashes", hashes)
}

// docker is one call of the command.
func (e *Engine) docker(argv []string, went bool) {
	args, flags := composeArgs(argv)
	if args[0] == "version" || args[0] == "config" {
		return
	}
	if argv[1] != "-p" {
		e.T.Errorf("docker is called as %q, which does not begin with the project", argv)
		return
	}
	e.done = append(e.done, strings.Join(slices.Concat([]string{"docker compose"}, flags, args), " "))
	if !went {
		e.compose.failed = true
		return
	}
	for _, made := range e.Stack {
		if name := made.Labels[labelService]; slices.Contains(args[1:], name) {
			switch {
			case args[0] == "create", slices.Contains(args, "--no-start"):
				e.create(made.in(argv[2]), slices.Contains(args, "--force-recreate"))
			case args[0] == "up":
				e.start(e.Service(name))
			case args[0] == "pull":
				e.Images = append(e.Images, &Image{ID: made.ImageID, Tags: []string{made.Image}})
			default:
				e.T.Errorf("docker is called as %q", argv)
			}
		}
	}
}

// composeArgs are the words after Compose's global flags, and the profiles among
// these; the rest says which project it is.
func composeArgs(argv []string) (args, flags []string) {
	for args = argv[1:]; len(args) > 1 && strings.HasPrefix(args[0], "-"); args = args[2:] {
		if args[0] == "--profile" {
			flags = append(flags, args[:2]...)
		}
	}
	return args, flags
}

// in is a container of the stack as Compose makes it in a project.
func (c *Container) in(project string) *Container {
	rename := func(name string) string { return project + strings.TrimPrefix(name, "demo") }
	to := *c
	to.Name, to.Labels = rename(c.Name), With(c.Labels, labelProject, project)
	to.NetworkIDs, to.Volumes = nil, nil
	for _, name := range c.NetworkIDs {
		to.NetworkIDs = append(to.NetworkIDs, rename(name))
	}
	for _, name := range c.Volumes {
		to.Volumes = append(to.Volumes, rename(name))
	}
	return &to
}

// create makes a container, and makes it anew where Compose would.
func (e *Engine) create(made *Container, force bool) {
	there := e.container(made.Name)
	if there != nil && !force && there.Labels[labelHash] == made.Labels[labelHash] && there.Image == made.Image {
		return
	}
	e.belongings(made)
	next := *made
	e.compose.made++
	next.ID, next.State, next.Health = fmt.Sprintf("%s-%d", made.ID, e.compose.made), "created", ""
	if there != nil {
		*there = next
		return
	}
	e.Containers = append(e.Containers, &next)
}

// belongings makes what a container needs: its networks, called like their IDs,
// and its volumes.
func (e *Engine) belongings(c *Container) {
	for _, name := range c.NetworkIDs {
		if !slices.ContainsFunc(e.Networks, func(n *Network) bool { return n.Name == name }) {
			e.Networks = append(e.Networks, &Network{ID: name, Name: name, Labels: Of(c.Labels[labelProject])})
		}
	}
	for _, name := range c.Volumes {
		if !slices.ContainsFunc(e.Volumes, func(v *Volume) bool { return v.Name == name }) {
			e.Volumes = append(e.Volumes, &Volume{Name: name, Labels: Of(c.Labels[labelProject]), Size: 47_000_000})
		}
	}
}

// start starts a container: what comes of it is what the stack says.
func (e *Engine) start(c *Container) {
	if c.state() == "running" {
		return
	}
	c.State, c.ExitCode = "running", 0
	if made := e.Made(c.Labels[labelService]); made != nil {
		c.State, c.Health, c.ExitCode, c.OOM, c.Restarts = cmp.Or(made.State, "running"), made.Health, made.ExitCode, made.OOM, made.Restarts
		c.Log, c.Output, c.Ports, c.Files = made.Log, made.Output, made.Ports, made.Files
		e.compose.clock = e.compose.clock.Add(time.Second)
		c.Started = e.compose.clock
	}
	e.happened(c, "start")
	if c.State == "exited" {
		e.happened(c, "die")
	}
}
