package docker

import (
	"context"
	"errors"
	"io/fs"
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
