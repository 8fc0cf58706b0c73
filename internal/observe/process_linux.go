package observe

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// sockets are what this machine's processes listen on, by protocol.
type sockets struct{ tables map[string][]docker.Socket }

func readSockets() *sockets {
	s := &sockets{tables: map[string][]docker.Socket{}}
	for _, proto := range []string{"tcp", "udp"} {
		for _, table := range []string{proto, proto + "6"} {
			text, _ := os.ReadFile("/proc/net/" + table)
			s.tables[proto] = append(s.tables[proto], docker.Sockets(string(text))...)
		}
	}
	return s
}

// owner is the process that has the port, as far as we may look: other users'
// processes show their sockets to root only.
func (s *sockets) owner(ip string, port uint16, proto string) Holder {
	for _, socket := range s.tables[proto] {
		if socket.Waits() && socket.Addr.Port() == port && Overlap(socket.Addr.Addr().String(), ip) {
			if pid := processOf(socket.Inode); pid > 0 {
				name, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
				return Holder{PID: pid, Command: strings.TrimSpace(string(name))}
			}
		}
	}
	return Holder{}
}

// processOf walks the open files of all processes for a socket.
func processOf(inode uint64) int {
	want := "socket:[" + strconv.FormatUint(inode, 10) + "]"
	files, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, file := range files {
		if target, err := os.Readlink(file); err == nil && target == want {
			pid, _ := strconv.Atoi(strings.Split(file, "/")[2])
			return pid
		}
	}
	return 0
}
