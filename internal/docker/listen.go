package docker

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
)

// listener finds out what a container listens on. On this machine's own
// engine it reads /proc/PID/net/tcp, which needs nothing in the image; with
// another engine it reads the same file by exec, which needs cat. Where
// neither works it says so, and Docker's own health check decides.
type listener struct {
	client *Client
	mu     sync.Mutex
	id     string
	pid    int
	host   bool // shares the host's network
	noCat  bool
}

func (l *listener) see(c container.InspectResponse) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.id, l.pid = c.ID, c.State.Pid
	l.host = c.HostConfig.NetworkMode.IsHost()
}

func (l *listener) look(ctx context.Context, name string, ports []uint16) (yes, known bool) {
	l.mu.Lock()
	id, pid, host, noCat := l.id, l.pid, l.host, l.noCat
	l.mu.Unlock()
	if table, ok := l.local(pid, id); ok {
		return listens(table, ports, host), true
	}
	if noCat {
		return false, false
	}
	code, out, err := l.client.Exec(ctx, name, []string{"cat", "/proc/net/tcp", "/proc/net/tcp6"}, nil)
	if err != nil || (code != 0 && !strings.Contains(out, "local_address")) {
		l.mu.Lock()
		l.noCat = err == nil
		l.mu.Unlock()
		return false, false
	}
	return listens(out, ports, host), true
}

// local reads the table of the process, if it is this container's.
func (l *listener) local(pid int, id string) (string, bool) {
	if pid == 0 || !l.client.Local() {
		return "", false
	}
	proc := "/proc/" + strconv.Itoa(pid)
	group, err := os.ReadFile(proc + "/cgroup")
	if err != nil || !bytes.Contains(group, []byte(id)) {
		return "", false
	}
	v4, err := os.ReadFile(proc + "/net/tcp")
	if err != nil {
		return "", false
	}
	v6, _ := os.ReadFile(proc + "/net/tcp6")
	return string(v4) + string(v6), true
}

// listens finds one of the ports among the listening sockets of the table.
// Loopback does not count, except on the host's own network: nobody else
// reaches it.
func listens(table string, ports []uint16, loopback bool) bool {
	return slices.ContainsFunc(Sockets(table), func(s Socket) bool {
		return s.State == stateListen && slices.Contains(ports, s.Addr.Port()) && (loopback || !s.Addr.Addr().IsLoopback())
	})
}

// demux joins both streams of an exec; at most the first 4 KB are kept.
func demux(r io.Reader) (string, error) { return demuxAll(r, 4096) }

// demuxAll joins both streams of an exec or log, the first limit bytes.
func demuxAll(r io.Reader, limit int) (string, error) {
	var out bytes.Buffer
	_, err := stdcopy.StdCopy(&out, &out, r)
	text := out.String()
	if len(text) > limit {
		text = text[:limit]
	}
	return text, err
}
