package docker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/endpoint"
)

const (
	v4 = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
		"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 1\n" + // 127.0.0.1:8080
		"   1: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1\n"
	v6 = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
		"   0: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 102 1\n" // [::]:8081
)

// onServer is a container that another machine runs as process 7. Its image has no cat.
func onServer(files map[string]string) (l *listener, reads *int) {
	reads = new(int)
	c := &Client{Endpoint: endpoint.Endpoint{Host: "ssh://example.org"}}
	seen := make(chan int, 1)
	seen <- 0
	c.ReadFile = func(_ context.Context, name string) ([]byte, error) {
		*reads = <-seen + 1
		seen <- *reads
		if text, there := files[name]; there {
			return []byte(text), nil
		}
		return nil, errors.Join(errors.New(name), fs.ErrNotExist)
	}
	return &listener{client: c, id: "3f5a", pid: 7, noCat: true}, reads
}

func TestOnAServerTheTableOfAContainersProcessIsReadThere(t *testing.T) {
	l, reads := onServer(map[string]string{"/proc/7/cgroup": "0::/system.slice/docker-3f5a.scope\n", "/proc/7/net/tcp": v4, "/proc/7/net/tcp6": v6})
	if yes, known := l.look(t.Context(), "api", []uint16{8081}); !yes || !known {
		t.Errorf("port 8081 of [::]: %v, known %v", yes, known)
	}
	if yes, known := l.look(t.Context(), "api", []uint16{8080}); yes || !known {
		t.Errorf("port 8080 of 127.0.0.1 alone: %v, known %v", yes, known)
	}
	if *reads == 0 {
		t.Error("nothing was read")
	}
}

func TestOnAServerWithoutIPv6TheOtherTableIsEnough(t *testing.T) {
	l, _ := onServer(map[string]string{"/proc/7/cgroup": "12:cpu:/docker/3f5a\n", "/proc/7/net/tcp": v4})
	if yes, known := l.look(t.Context(), "api", []uint16{8080}); yes || !known {
		t.Errorf("port 8080: %v, known %v", yes, known)
	}
}

func TestOnAServerAProcessOfAnotherContainerSaysNothingAndIsNotAskedAgain(t *testing.T) {
	l, reads := onServer(map[string]string{"/proc/7/cgroup": "0::/system.slice/ssh.service\n", "/proc/7/net/tcp": v4, "/proc/7/net/tcp6": v6})
	for range 2 {
		if yes, known := l.look(t.Context(), "api", []uint16{8081}); yes || known {
			t.Errorf("%v, known %v", yes, known)
		}
	}
	if *reads != 3 {
		t.Errorf("%d reads", *reads)
	}
}

// Behind the listeners the kernel walks a large hash to write a table, so no more is read
// than has to be: here there is no second table to be read.
func TestATableIsReadAsFarAsThePortThatIsListenedOn(t *testing.T) {
	t.Parallel()
	const row = "   0: 00000000:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 1\n" // 0.0.0.0:5432
	dir := t.TempDir() + "/"
	files := func(tcp, tcp6 string) {
		for name, text := range map[string]string{"tcp": tcp, "tcp6": tcp6} {
			if err := os.WriteFile(dir+name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	long := row + strings.Repeat(strings.Replace(row, " 0A ", " 01 ", 1), 2*os.Getpagesize()/len(row))
	for _, c := range []struct {
		name, tcp, tcp6 string
		port            uint16
		host            bool
		found           int
		whole           bool
	}{
		{"in the first table", v4 + row, v6, 5432, false, 1, false},
		{"before all connections", long, v6, 5432, false, 1, false},
		{"in the second", v4, v6, 8081, false, 1, false},
		{"in none", v4, v6, 9000, false, 0, true},
		{"behind a page", strings.Repeat(strings.Replace(row, " 0A ", " 01 ", 1), os.Getpagesize()/len(row)) + row, v6, 5432, false, 1, false},
		{"on the host's network", v4 + row, v6, 8081, true, 2, true},
	} {
		files(c.tcp, c.tcp6)
		table, whole, err := tableOf(dir, []uint16{c.port}, c.host)
		if found := listening(table, []uint16{c.port}, c.host); err != nil || whole != c.whole || len(found) != c.found {
			t.Errorf("%s: %v, whole %v, %v", c.name, found, whole, err)
		}
		if c.port == 5432 && !c.host && strings.Contains(table, "102 1") || len(table) > len(c.tcp)+len(c.tcp6) {
			t.Errorf("%s: the second table was read", c.name)
		}
	}
	files(long, v6)
	if table, _, _ := tableOf(dir, []uint16{5432}, false); len(table) > os.Getpagesize() {
		t.Errorf("%d bytes were read", len(table))
	}
	if err := os.Remove(dir + "tcp6"); err != nil {
		t.Fatal(err)
	}
	if table, whole, err := tableOf(dir, []uint16{9000}, false); table != long || !whole || err != nil {
		t.Errorf("without IPv6: %d bytes, whole %v, %v", len(table), whole, err)
	}
	if _, _, err := tableOf(dir+"gone/", nil, false); err == nil {
		t.Error("of a process that is gone there is a table")
	}
}

func TestWhereNoSocketIsInUseNoTableIsNeeded(t *testing.T) {
	t.Parallel()
	const tcp, tcp6 = "sockets: used 3\nTCP: inuse %d orphan 0 tw 0 alloc 1 mem 0\nUDP: inuse 0 mem 0\n", "TCP6: inuse %d\nUDP6: inuse 0\n"
	for text, want := range map[string]bool{
		fmt.Sprintf(tcp+tcp6, 0, 0): true, fmt.Sprintf(tcp, 0): true, fmt.Sprintf(tcp+tcp6, 1, 0): false,
		fmt.Sprintf(tcp+tcp6, 0, 1): false, fmt.Sprintf(tcp+tcp6, 0, 10): false, fmt.Sprintf(tcp, 10): false, "": false,
	} {
		if got := noneInUse(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
