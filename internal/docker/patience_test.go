package docker

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestACallMayTakeAsLongAsWhatItAsksFor(t *testing.T) {
	p := Patience{Look: time.Second, Change: time.Minute, Remove: time.Hour}
	for call, want := range map[string]time.Duration{
		"GET /v1.41/containers/json":          p.Look,
		"GET /v1.41/containers/json?size=1":   p.Change,
		"POST /v1.41/containers/x/start":      p.Change,
		"POST /v1.41/containers/x/stop?t=600": p.Change + 10*time.Minute,
		"POST /v1.41/containers/x/stop":       p.Change + 10*time.Second,
		"POST /v1.41/containers/x/stop?t=-1":  0,
		"DELETE /v1.41/volumes/data":          p.Remove,
		"DELETE /v1.41/containers/x?v=1":      p.Remove,
		"DELETE /v1.41/networks/x":            p.Change,
		"POST /v1.41/build":                   0,
	} {
		method, url, _ := strings.Cut(call, " ")
		r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.of(r); got != want {
			t.Errorf("%s: %s, want %s", call, got, want)
		}
		if later := p.silence(r) > p.Notice; want > 0 && later != strings.Contains(call, "/stop") {
			t.Errorf("%s: without an answer it is told as silent after %s", call, p.silence(r))
		}
	}
}

// A connection that breaks is the engine's end; a pipe of our own output is not.
func TestWhatBreaksIsTheEngineOnlyWhereItIsItsConnection(t *testing.T) {
	written := func(err error) error {
		return fmt.Errorf("run command: %w", &net.OpError{Op: "write", Net: "unix", Err: os.NewSyscallError("write", err)})
	}
	for _, one := range []struct {
		err  error
		lost bool
	}{
		{written(syscall.EPIPE), true},
		{written(syscall.ECONNRESET), true},
		{written(syscall.EACCES), false},
		{fmt.Errorf("copy: %w", &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}), false},
		{errors.New("broken pipe"), false},
	} {
		if got := IsLost(one.err); got != one.lost {
			t.Errorf("%v: %v, want %v", one.err, got, one.lost)
		}
	}
}
