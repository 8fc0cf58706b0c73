package ssh

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"
)

// watchdogScript keeps the connection, and ends on the server what nobody waits
// for any more: sshd leaves a command running when its connection is closed. It
// is told the connection's name, by which it finds the envelopes of commands, and
// a line every five seconds. When the lines stop, for 20 seconds or for good, it
// ends what runs: TERM, and after 5 seconds KILL. `x GROUP` ends one process group
// at once. It runs in dash, bash and busybox: of the ways to name a group, only
// `kill -TERM -GROUP` is understood by all three. Their read leaves out NUL, which
// is between the words of a command line.
const watchdogScript = `exec /bin/sh -c '
read -r name || exit
silent=0 ticked= stops=
gone() {
	tries=0
	while kill -0 "-$1"; do
		[ "$tries" -lt 50 ] || return 1
		tries=$((tries + 1))
		sleep 0.1
	done
}
stop() {
	kill -TERM "-$1" || return 0
	gone "$1" || { kill -KILL "-$1"; gone "$1"; }
} 2>/dev/null
leave() {
	trap "" USR1 HUP PIPE TERM
	for process in /proc/[0-9]*; do
		[ -O "$process" ] || continue
		words=
		read -r words <"$process/cmdline"
		case $words in /bin/sh-c*"$name"*) stop "${process#/proc/}" & stops="$stops $!" ;; esac
	done
	[ -z "$stops" ] || wait $stops
	kill -TERM "-$$"
	exit
} </dev/null >/dev/null 2>&1
tick() { ticked=1 silent=$((silent + 1)); [ "$silent" -lt 4 ] || leave; }
trap tick USR1
trap leave HUP PIPE TERM
while sleep 5; do kill -USR1 $$ || exit; done </dev/null >/dev/null 2>&1 &
echo ready
while :; do
	if read -r what group; then
		silent=0
		case $what in x) { stop "$group"; echo "ended $group"; } & stops="$stops $!" ;; esac
	elif [ "$ticked" ]; then ticked=
	else leave
	fi
done' spellbook`

// watchdog is this end of the script.
type watchdog struct {
	name  string // of the connection, nobody else's
	ready chan struct{}

	mu      sync.Mutex
	line    strings.Builder
	waiting map[string]chan struct{} // for the end of a process group
	saidHi  bool
}

func newWatchdog() *watchdog {
	return &watchdog{name: rand.Text(), ready: make(chan struct{}), waiting: map[string]chan struct{}{}}
}

// Write takes what the script says.
func (w *watchdog) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range b {
		if c != '\n' {
			w.line.WriteByte(c)
			continue
		}
		w.hear(w.line.String())
		w.line.Reset()
	}
	return len(b), nil
}

func (w *watchdog) hear(line string) {
	if line == "ready" && !w.saidHi {
		w.saidHi = true
		close(w.ready)
	}
	if group, found := strings.CutPrefix(line, "ended "); found && w.waiting[group] != nil {
		close(w.waiting[group])
		delete(w.waiting, group)
	}
}

// beat says that this process is alive, until the connection is gone.
func (w *watchdog) beat(m *master) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-m.done:
			return
		case <-tick.C:
			w.tell(m, "alive")
		}
	}
}

// tell writes one line; what is too late for it, the end of the connection does.
func (w *watchdog) tell(m *master, line string) { _, _ = fmt.Fprintln(m.keeper, line) }

// stop ends a process group, and returns once nothing of it runs or the
// connection is gone.
func (w *watchdog) stop(m *master, group string) {
	ended := make(chan struct{})
	w.mu.Lock()
	w.waiting[group] = ended
	w.mu.Unlock()
	w.tell(m, "x "+group)
	select {
	case <-ended:
	case <-m.done:
	}
}
