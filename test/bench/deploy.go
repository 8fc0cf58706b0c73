package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// devserver is a server of the lab to deploy to.
type devserver struct {
	b    *bench
	dir  string // holds its key and its ssh
	host string // what DEPLOY_HOST gets
	name string // of its container
}

// devserver starts one, and has the images that are deployed to it.
func (b *bench) devserver() (*devserver, error) {
	dir, err := os.MkdirTemp("", "sbbench-")
	if err != nil {
		return nil, err
	}
	d := &devserver{b: b, dir: dir}
	for _, images := range [][]string{nil, {"deploy"}, {"build"}} {
		if _, err := must(b.ctx, b.root, os.Environ(), append([]string{"scripts/lab/images.sh"}, images...)...); err != nil {
			return nil, err
		}
	}
	o, err := must(b.ctx, b.root, os.Environ(), "scripts/lab/devserver.sh", "start", dir, "20.10")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	d.host, d.name, _ = strings.Cut(strings.TrimSpace(o.out), " ")
	return d, nil
}

// close removes it, also when the benchmark was stopped.
func (d *devserver) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, _ = execute(ctx, d.b.root, os.Environ(), "scripts/lab/devserver.sh", "stop", d.dir)
	_ = os.RemoveAll(d.dir)
}

// path is a PATH whose ssh knows the server.
func (d *devserver) path() string {
	return "PATH=" + filepath.Join(d.dir, "bin") + string(os.PathListSeparator) + os.Getenv("PATH")
}

// settings are what an environment's file says of the server.
func (d *devserver) settings() string {
	return "DEPLOY_HOST=" + d.host + "\nDEPLOY_NAME=bench\nDEPLOY_GATEWAY_IMAGE=lab/haproxy:2.6\nDEPLOY_WATCH=1s\nDEPLOY_DRAIN=5s\nDEPLOY_KEEP=2\n"
}

// inside runs a command in the server.
func (d *devserver) inside(argv ...string) (string, error) {
	o, err := must(d.b.ctx, d.b.root, os.Environ(), append([]string{"docker", "exec", d.name}, argv...)...)
	return o.out, err
}

// veth is this machine's end of the server's network.
func (d *devserver) veth() (string, error) {
	peer, err := d.inside("cat", "/sys/class/net/eth0/iflink")
	if err != nil {
		return "", err
	}
	all, err := filepath.Glob("/sys/class/net/*/ifindex")
	for _, path := range all {
		if index, _ := os.ReadFile(path); strings.TrimSpace(string(index)) == strings.TrimSpace(peer) {
			return filepath.Base(filepath.Dir(path)), nil
		}
	}
	return "", errors.Join(err, fmt.Errorf("no interface %s here leads to %s", strings.TrimSpace(peer), d.name))
}

// toServer is how many bytes have gone to the server, headers included.
func toServer(veth string) int64 {
	text, _ := os.ReadFile("/sys/class/net/" + veth + "/statistics/tx_bytes")
	n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n
}

// slow limits what goes to the server, until undo is called.
func (d *devserver) slow() (undo func(), err error) {
	veth, err := d.veth()
	if err != nil {
		return nil, err
	}
	_, err = must(d.b.ctx, d.b.root, os.Environ(), "tc", "qdisc", "add", "dev", veth, "root", "tbf", "rate", "100mbit", "burst", "128kb", "latency", "400ms")
	return func() {
		_, _ = execute(context.WithoutCancel(d.b.ctx), d.b.root, os.Environ(), "tc", "qdisc", "del", "dev", veth, "root")
	}, err
}

// shipment is one run of a target that deploys.
type shipment struct {
	outcome
	switched time.Duration // until the release served; 0 where nothing was switched
	sent     int64         // bytes to the server while images were sent, headers included
	whole    int64         // to its end
	memory   int64         // the peak of the process
}

// ship runs the targets' binary and notes when it says what.
func (d *devserver) ship(dir string, env []string, binary string, args ...string) (s shipment, err error) {
	veth, err := d.veth()
	if err != nil {
		return s, err
	}
	cmd := exec.CommandContext(d.b.ctx, binary, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	read, write, err := os.Pipe()
	if err != nil {
		return s, err
	}
	cmd.Stdout, cmd.Stderr = write, write
	began, first := time.Now(), toServer(veth)
	err = cmd.Start()
	_ = write.Close()
	if err != nil {
		return s, err
	}
	memory := peak(cmd.Process.Pid)
	s.sent = s.follow(read, veth, began)
	_ = read.Close()
	err = cmd.Wait()
	s.took, s.whole, s.memory = time.Since(began), toServer(veth)-first, memory()
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if err != nil {
		return s, fmt.Errorf("mage %s: %w\n%s", strings.Join(args, " "), err, tail(s.all))
	}
	return s, nil
}

// follow reads what it says to the end, and returns the bytes of the images.
func (s *shipment) follow(read *os.File, veth string, began time.Time) (sent int64) {
	var from int64
	for lines := bufio.NewScanner(read); lines.Scan(); {
		line := lines.Text()
		s.all += line + "\n"
		switch {
		case strings.Contains(line, "  sending ") && from == 0:
			from = toServer(veth)
		case strings.Contains(line, "  sent "):
			sent, from = sent+toServer(veth)-from, 0
		case strings.Contains(line, "  switched after "):
			s.switched = time.Since(began)
		}
	}
	s.out = s.all
	return sent
}

// peak watches a process, and returns its largest memory in bytes when it is asked.
func peak(pid int) func() int64 {
	var most atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
			text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
			_, after, found := strings.Cut(string(text), "VmHWM:")
			if err != nil || !found { // it has ended
				return
			}
			kilobytes, _ := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
			most.Store(max(most.Load(), kilobytes<<10))
		}
	}()
	return func() int64 { <-done; return most.Load() }
}

// without leaves a variable of the environment out.
func without(env []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool { return strings.HasPrefix(v, name+"=") })
}

// atMost is a bound on bytes.
func atMost(what string, got, limit int64) bound {
	return bound{text: fmt.Sprintf("%s at most %s", what, size(limit)), got: size(got), holds: got > 0 && got <= limit}
}

func size(n int64) string {
	switch {
	case n >= 10_000_000:
		return digits(float64(n)/1e6) + " MB"
	case n >= 1000:
		return digits(float64(n)/1e3) + " kB"
	}
	return fmt.Sprintf("%d bytes", n)
}
