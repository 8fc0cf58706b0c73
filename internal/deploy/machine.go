package deploy

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/units"
)

// Machine is what a server says of itself, before anything of a project is there.
type Machine struct {
	Distributions []string // ID and ID_LIKE of os-release
	System        string   // in words, with the kind of processor
	User          string
	Root          string // how to become root: yes (it is), sudo, or no
	CLI           bool   // there is a command docker
	Engine        string // its version; "" where none answers
	Refused       string // why not
	LiveRestore   bool
	Daemon        []byte // daemon.json; nil where there is none
	Memory, Disk  int64  // bytes, that are there and that are free
	Clock         time.Time
}

// MachineScript has a server say it, to ParseMachine, and changes nothing.
const MachineScript = `[ ! -r /etc/os-release ] || . /etc/os-release
echo "distributions ${ID:-} ${ID_LIKE:-}"
echo "system ${PRETTY_NAME:-$(uname -s)}, $(uname -m)"
echo "user $(id -un)"
if [ "$(id -u)" = 0 ]; then echo root yes; elif sudo -n true >/dev/null 2>&1; then echo root sudo; else echo root no; fi
if command -v docker >/dev/null; then
	echo cli yes
	if out=$(docker version --format '{{.Server.Version}}' 2>&1); then echo "engine $out"; else echo "refused $(echo "$out" | tail -n 1)"; fi
	docker info --format 'live {{.LiveRestoreEnabled}}' 2>/dev/null
fi
[ ! -r /etc/docker/daemon.json ] || echo "daemon $(base64 </etc/docker/daemon.json | tr -d '\n')"
sed -n 's/^MemTotal: *\([0-9]*\) kB/memory \1/p' /proc/meminfo
for dir in /var/lib/docker /var/lib /; do [ ! -d "$dir" ] || break; done
df -Pk "$dir" | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\) .*/disk \1/p'
echo "clock $(date +%s)"
`

// ParseMachine reads what MachineScript has printed.
func ParseMachine(text string) Machine {
	var m Machine
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		number, _ := strconv.ParseInt(value, 10, 64)
		switch key {
		case "distributions":
			m.Distributions = strings.Fields(value)
		case "system":
			m.System = value
		case "user":
			m.User = value
		case "root":
			m.Root = value
		case "cli":
			m.CLI = true
		case "engine":
			m.Engine = value
		case "refused":
			m.Refused = value
		case "live":
			m.LiveRestore = value == "true"
		case "daemon":
			m.Daemon, _ = base64.StdEncoding.DecodeString(value)
		case "memory":
			m.Memory = number << 10
		case "disk":
			m.Disk = number << 10
		case "clock":
			m.Clock = time.Unix(number, 0)
		}
	}
	return m
}

// Check is one thing that a server needs, or should have where it is a Warning.
type Check struct {
	Name    string
	OK      bool
	Warning bool
	Text    string
	Hint    string // what to do; "" where Installation does it
}

// What a server should have: less is warned of, as it depends on the project.
const (
	enoughMemory = 1 << 30
	enoughDisk   = 5 << 30
	clockSkew    = 30 * time.Second
)

// oldestEngine is the first that is known to do.
var oldestEngine = [2]int{20, 10}

// Checks judge it; now is this machine's clock.
func (m Machine) Checks(now time.Time) []Check {
	list := []Check{{Name: "system", OK: true, Text: m.System}, m.checkEngine()}
	if m.Engine != "" {
		list = append(list, warning("live-restore", m.LiveRestore, "containers outlive a restart of the engine", "a restart of the engine stops all containers"))
	}
	memory := warning("memory", m.Memory >= enoughMemory, units.SizeOf(m.Memory), units.SizeOf(m.Memory)+", and two releases run at once for a while")
	disk := warning("disk", m.Disk >= enoughDisk, units.SizeOf(m.Disk)+" free", units.SizeOf(m.Disk)+" free, for images and volumes")
	skew := now.Sub(m.Clock).Abs().Round(time.Second)
	clock := warning("clock", skew <= clockSkew, "as this machine's", fmt.Sprintf("%s off this machine's, which releases are named after", skew))
	return append(list, memory, disk, clock)
}

func warning(name string, ok bool, well, unwell string) Check {
	if ok {
		return Check{Name: name, OK: true, Text: well}
	}
	return Check{Name: name, Warning: true, Text: unwell}
}

func (m Machine) checkEngine() Check {
	c := Check{Name: "engine"}
	var major, minor int
	_, _ = fmt.Sscanf(m.Engine, "%d.%d", &major, &minor)
	switch {
	case !m.CLI:
		c.Text = "there is no command docker"
	case m.forbidden():
		c.Text = m.User + " may not use the engine's socket"
	case m.Engine == "":
		c.Text, c.Hint = "it does not answer: "+m.Refused, "start it: systemctl enable --now docker"
	case major < oldestEngine[0] || major == oldestEngine[0] && minor < oldestEngine[1]:
		c.Text, c.Hint = fmt.Sprintf("%s is older than %d.%d", m.Engine, oldestEngine[0], oldestEngine[1]), "update Docker's engine"
	default:
		c.OK, c.Text = true, fmt.Sprintf("%s, and %s may use it", m.Engine, m.User)
	}
	return c
}

func (m Machine) forbidden() bool { return strings.Contains(m.Refused, "permission denied") }

// Debian reports whether Installation knows how to install there.
func (m Machine) Debian() bool {
	return slices.Contains(m.Distributions, "debian") || slices.Contains(m.Distributions, "ubuntu")
}

// ServerCommand is a line for the server's shell, as root.
type ServerCommand struct {
	Title string
	Line  string
	Input []byte // its standard input; ByHand says what it comes to
	// ByHand is what a person types instead; "" is Line.
	ByHand string
}

// Installation is what makes a machine of Debian's kind ready: the engine from its
// own packages, with live-restore, and the user in the group docker.
func (m Machine) Installation() ([]ServerCommand, error) {
	var list []ServerCommand
	restore, changed, err := m.liveRestore()
	if err != nil {
		return nil, err
	}
	if changed {
		list = append(list, restore)
	}
	if !m.CLI {
		list = append(list, ServerCommand{Title: "install the engine",
			Line: "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y docker.io $(apt-cache search --names-only '^docker-cli$' | cut -d' ' -f1)"})
	}
	if (!m.CLI || m.forbidden()) && m.Root != "yes" {
		list = append(list, ServerCommand{Title: "let " + m.User + " use the engine", Line: "usermod -aG docker " + m.User})
	}
	if changed && m.CLI {
		list = append(list, ServerCommand{Title: "have the engine read it", Line: "systemctl reload docker 2>/dev/null || kill -HUP $(pidof dockerd)"})
	}
	return list, nil
}

// liveRestore keeps what the engine's configuration says besides.
func (m Machine) liveRestore() (c ServerCommand, changed bool, err error) {
	if m.LiveRestore {
		return c, false, nil
	}
	all := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(m.Daemon)) > 0 {
		if err := json.Unmarshal(m.Daemon, &all); err != nil {
			return c, false, failure.New(failure.Preflight, "/etc/docker/daemon.json on the server is no JSON: %w", err).WithHint("correct it there")
		}
	}
	if string(all["live-restore"]) == "true" { // for an engine that is not there yet, or not restarted
		return c, false, nil
	}
	all["live-restore"] = json.RawMessage("true")
	data, err := json.MarshalIndent(all, "", "  ")
	c = ServerCommand{Title: "set live-restore in /etc/docker/daemon.json", Input: append(data, '\n'), ByHand: `mkdir -p /etc/docker && echo '{"live-restore": true}' >/etc/docker/daemon.json`,
		Line: `mkdir -p /etc/docker && cd /etc/docker && cat >.daemon.json.new && { chmod --reference=daemon.json .daemon.json.new 2>/dev/null || chmod 0644 .daemon.json.new; } && mv .daemon.json.new daemon.json`}
	if len(m.Daemon) > 0 {
		c.ByHand = `# add "live-restore": true to /etc/docker/daemon.json`
	}
	return c, true, err
}

// Typed is what a person types, as root.
func (c ServerCommand) Typed() string {
	if c.ByHand != "" {
		return c.ByHand
	}
	return c.Line
}
