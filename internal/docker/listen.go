package docker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
)

// listener finds out what a container listens on. On this machine's own
// engine it reads /proc/PID/net/tcp, which needs nothing in the image. Of a server
// that one is signed in to it reads the same file there; with any other engine, and
// where that process is not to be seen there, it reads it by exec, which needs cat.
// Where none of these works it says so, and Docker's own health check decides.
type listener struct {
	client *Client
	mu     sync.Mutex
	id     string
	pid    int
	host   bool // shares the host's network
	noCat  bool
	// Of a container on the host's network: see heldInside.
	hostPID, noLs bool
	own           held
	asked         time.Time
	unseen        int       // the process that was not to be seen on the server
	table         string    // as it was last read
	whole         bool      // all of it was
	counts        string    // sockstat when it was
	read          time.Time // when that was
}

func (l *listener) see(c container.InspectResponse) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.id != c.ID || l.pid != c.State.Pid {
		l.table, l.counts, l.read = "", "", time.Time{}
	}
	l.id, l.pid = c.ID, c.State.Pid
	l.host, l.hostPID = c.HostConfig.NetworkMode.IsHost(), c.HostConfig.PidMode.IsHost()
}

// look reports whether the container listens on one of the ports, on any where none is named.
func (l *listener) look(ctx context.Context, name string, ports []uint16) (yes, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	table, ok := l.local(ports)
	if !ok {
		if time.Since(l.read) > remotePace && !l.ask(ctx, name) {
			return false, false
		}
		table = l.table
	}
	found := listening(table, ports, l.host)
	if len(found) == 0 || !l.host {
		return len(found) > 0, true
	}
	return l.owns(ctx, name, found)
}

// ask reads the table of another machine's container.
func (l *listener) ask(ctx context.Context, name string) bool {
	table, ok := l.onServer(ctx)
	if !ok {
		table, ok = l.inside(ctx, name)
	}
	if ok {
		l.table, l.read = table, time.Now()
	}
	return ok
}

// onServer is the table of the process, if it is this container's: the engine may
// count processes otherwise than who signs in, and the kernel may hide those of others.
func (l *listener) onServer(ctx context.Context) (string, bool) {
	if l.client.ReadFile == nil || l.pid == 0 || l.pid == l.unseen {
		return "", false
	}
	var all sync.WaitGroup
	var texts [3][]byte
	var errs [3]error
	for i, name := range []string{"cgroup", "net/tcp", "net/tcp6"} {
		all.Go(func() { texts[i], errs[i] = l.client.ReadFile(ctx, "/proc/"+strconv.Itoa(l.pid)+"/"+name) })
	}
	read := make(chan struct{})
	go func() { all.Wait(); close(read) }()
	select {
	case <-read:
	case <-ctx.Done(): // a dead connection would be waited for
		return "", false
	}
	if errs[0] != nil || errs[1] != nil || !bytes.Contains(texts[0], []byte(l.id)) { // tcp6 is not everywhere
		l.unseen = l.pid
		return "", false
	}
	return string(texts[1]) + string(texts[2]), true
}

// inside is the table as a process of the container reads it.
func (l *listener) inside(ctx context.Context, name string) (string, bool) {
	if l.noCat {
		return "", false
	}
	code, out, err := l.client.Exec(ctx, name, []string{"cat", "/proc/net/tcp", "/proc/net/tcp6"}, nil)
	if err != nil || (code != 0 && !strings.Contains(out, "local_address")) {
		l.noCat = err == nil
		return "", false
	}
	return out, true
}

// The table of a remote engine costs an exec or some round trips, so it is believed for a while; so
// is that of a process here whose count of sockets is still the same, because
// the kernel walks a large hash to write the table and counts for nothing.
const (
	remotePace = 150 * time.Millisecond
	localPace  = time.Second
)

// local is the table of the process, if it is this container's, as far as it is needed.
func (l *listener) local(ports []uint16) (string, bool) {
	if l.pid == 0 || !l.client.Local() {
		return "", false
	}
	proc := "/proc/" + strconv.Itoa(l.pid)
	group, err := os.ReadFile(proc + "/cgroup")
	if err != nil || !bytes.Contains(group, []byte(l.id)) {
		return "", false
	}
	count, _ := os.ReadFile(proc + "/net/sockstat")
	more, _ := os.ReadFile(proc + "/net/sockstat6")
	counts := string(count) + string(more)
	known := counts != "" && counts == l.counts && time.Since(l.read) <= localPace
	switch {
	case noneInUse(counts):
		return "", true
	case known && (l.whole || len(listening(l.table, ports, l.host)) > 0):
		return l.table, true
	}
	if l.table, l.whole, err = tableOf(proc+"/net/", ports, l.host); err != nil {
		return "", false
	}
	l.counts, l.read = counts, time.Now()
	return l.table, true
}

// noneInUse: no socket of TCP is listened on or connected.
// Source: proc_net_sockstat(5).
func noneInUse(counts string) bool {
	return strings.Contains(counts, "TCP: inuse 0 ") && !strings.Contains(strings.ReplaceAll(counts, "TCP6: inuse 0\n", ""), "TCP6:")
}

// tableOf reads the tables below a directory as far as it has to: listeners come first, and
// behind them the kernel walks its hash of all connections, of each table twice. Of the
// host's own network all is read: who holds a listener is told by all that there are.
func tableOf(dir string, ports []uint16, host bool) (table string, whole bool, err error) {
	for _, name := range []string{"tcp", "tcp6"} {
		f, err := os.Open(dir + name)
		if err != nil && table != "" { // tcp6 is not everywhere
			break
		}
		if err != nil {
			return "", false, err
		}
		for rows := make([]byte, os.Getpagesize()); err == nil; {
			var n int
			n, err = f.Read(rows)
			table += string(rows[:n])
			if !host && len(listening(table, ports, false)) > 0 {
				_ = f.Close()
				return table, false, nil
			}
		}
		_ = f.Close()
		if !errors.Is(err, io.EOF) {
			return "", false, err
		}
	}
	return table, true, nil
}

// listening are the listening sockets of the table on one of the ports, or on any where
// none is named. Loopback does not count, except on the host's own network: nobody else
// reaches it.
func listening(table string, ports []uint16, loopback bool) []Socket {
	return slices.DeleteFunc(Sockets(table), func(s Socket) bool {
		return s.State != stateListen || len(ports) > 0 && !slices.Contains(ports, s.Addr.Port()) || !loopback && s.Addr.Addr().IsLoopback()
	})
}

// demux joins both streams of an exec; the first 64 KB are kept.
func demux(r io.Reader) (string, error) {
	var out bytes.Buffer
	_, err := stdcopy.StdCopy(&out, &out, r)
	text := out.String()
	return text[:min(len(text), 64<<10)], err
}
