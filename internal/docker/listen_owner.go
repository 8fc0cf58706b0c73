package docker

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// held are the inodes of sockets that processes of a container hold. On the network of
// the host the kernel's table has the listeners of every process there, and only this
// tells which are the container's.
type held map[uint64]bool

// owns reports whether one of the sockets is held by the container.
func (l *listener) owns(ctx context.Context, name string, sockets []Socket) (yes, known bool) {
	own, known := heldBelow(l.pid)
	if !known || !l.client.Local() {
		own, known = l.heldInside(ctx, name)
	}
	for _, s := range sockets {
		yes = yes || own[s.Inode]
	}
	return yes, known
}

// heldBelow are those of a process of this machine and of all that it has begun. Of
// another user's the kernel tells root alone. Source: proc(5), children and fd.
func heldBelow(pid int) (held, bool) {
	own := held{}
	links, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/fd")
	if err != nil {
		return nil, false
	}
	for _, link := range links {
		target, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/fd/" + link.Name())
		own.add(target)
	}
	tasks, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	for _, task := range tasks {
		children, _ := os.ReadFile(task)
		for _, child := range strings.Fields(string(children)) {
			n, _ := strconv.Atoi(child)
			below, _ := heldBelow(n) // one that has ended holds nothing
			for inode := range below {
				own[inode] = true
			}
		}
	}
	return own, true
}

// heldInside are those that a process of the container sees: the container's own, unless
// it shares the host's processes too. An image without a shell or ls tells nothing.
func (l *listener) heldInside(ctx context.Context, name string) (held, bool) {
	if l.hostPID || l.noLs {
		return nil, false
	}
	if time.Since(l.asked) < localPace {
		return l.own, true
	}
	_, out, err := l.client.Exec(ctx, name, []string{"/bin/sh", "-c", "ls -l /proc/[0-9]*/fd 2>/dev/null"}, nil)
	own := held{}
	for word := range strings.FieldsSeq(out) {
		own.add(word)
	}
	if l.noLs = err == nil && !strings.Contains(out, "-> "); err != nil || l.noLs {
		return nil, false
	}
	l.own, l.asked = own, time.Now()
	return own, true
}

// add takes what a descriptor's link says: socket:[12345].
func (h held) add(link string) {
	if number, ok := strings.CutPrefix(strings.TrimSuffix(link, "]"), "socket:["); ok {
		if inode, err := strconv.ParseUint(number, 10, 64); err == nil {
			h[inode] = true
		}
	}
}
