package commandtest

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// streams are what an Engine's long answers are made of.
type streams struct {
	events   []m
	more     chan struct{} // closed when there are further events or lines
	prepared []Exec        // commands that may be started
	executed []Exec
	codes    map[string]int // of what was executed
}

// LogLine is one line of a log.
type LogLine struct {
	Time   time.Time
	Text   string
	Stderr bool
}

// Exec is a command in a container.
type Exec struct {
	Container string
	Argv, Env []string
	TTY       bool
	In        string
	reads     bool // it is given an input
}

// Executed are the commands that were run in containers.
func (e *Engine) Executed() []Exec {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.streams.executed
}

// Say is a line that a container writes now.
func (e *Engine) Say(c *Container, line LogLine) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c.Log = append(c.Log, line)
	e.wake()
}

// stream serves the requests whose answers go on, or are not documents; nil where
// this is none of them.
func (e *Engine) stream(method, path string) http.HandlerFunc {
	kind, rest, _ := strings.Cut(path, "/")
	name, verb, _ := strings.Cut(rest, "/")
	switch method + " " + kind + " " + verb {
	case "GET events ":
		return e.serveEvents
	case "GET containers logs":
		return func(w http.ResponseWriter, q *http.Request) { e.serveLog(w, q, name) }
	case "POST containers exec":
		return func(w http.ResponseWriter, q *http.Request) { e.prepare(w, q, name) }
	case "POST exec start":
		return func(w http.ResponseWriter, q *http.Request) {
			_, _ = io.Copy(io.Discard, q.Body) // what comes behind it is the command's input
			e.serveExec(w, name)
		}
	case "POST exec resize":
		return func(http.ResponseWriter, *http.Request) {}
	case "GET exec json":
		return func(w http.ResponseWriter, _ *http.Request) {
			e.mu.Lock()
			defer e.mu.Unlock()
			_ = json.NewEncoder(w).Encode(m{"ExitCode": e.streams.codes[name]})
		}
	}
	return nil
}

// happened tells of an event of a container.
func (e *Engine) happened(c *Container, action string) {
	attributes := maps.Clone(c.Labels)
	attributes["name"], attributes["exitCode"] = c.Name, strconv.Itoa(c.ExitCode)
	e.streams.events = append(e.streams.events, m{"Type": "container", "Action": action, "Actor": m{"ID": c.ID, "Attributes": attributes}})
	e.wake()
}

// wake tells all streams that there is more.
func (e *Engine) wake() {
	if e.streams.more != nil {
		close(e.streams.more)
		e.streams.more = nil
	}
}

// follow writes what next returns until it is told to end, or nobody reads.
// next is called with the lock held.
func (e *Engine) follow(w http.ResponseWriter, q *http.Request, next func() (data []byte, end bool)) {
	for {
		e.mu.Lock()
		data, end := next()
		if e.streams.more == nil {
			e.streams.more = make(chan struct{})
		}
		more := e.streams.more
		e.mu.Unlock()
		if _, err := w.Write(data); err != nil || end {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-more:
		case <-q.Context().Done():
			return
		}
	}
}

// serveEvents streams what happens from now on, or tells what had happened to
// one container: that it was killed, or nothing.
func (e *Engine) serveEvents(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	if q.URL.Query().Get("until") != "" {
		e.mu.Lock()
		defer e.mu.Unlock()
		if c := e.container(only(filters(q.URL.Query())["container"])); c != nil && c.Killed {
			_ = json.NewEncoder(w).Encode(m{"Type": "container", "Action": "kill", "Actor": m{"ID": c.ID}})
		}
		return
	}
	wanted, told := filters(q.URL.Query())["event"], -1
	e.follow(w, q, func() (data []byte, end bool) {
		if told < 0 {
			told = len(e.streams.events)
		}
		for _, event := range e.streams.events[told:] {
			if action := event["Action"].(string); wanted[action] {
				line, _ := json.Marshal(event)
				data = append(append(data, line...), '\n')
			}
		}
		told = len(e.streams.events)
		return data, false
	})
}

// only is the one key of a set.
func only(set map[string]bool) string {
	for name := range set {
		return name
	}
	return ""
}

// serveLog writes the lines that are asked for, and with follow those that come
// until the container ends.
func (e *Engine) serveLog(w http.ResponseWriter, q *http.Request, name string) {
	values := q.URL.Query()
	told := -1
	e.follow(w, q, func() (data []byte, end bool) {
		c := e.container(name)
		if c == nil {
			return nil, true
		}
		if reason := e.Fails["GET containers/"+c.Name+"/logs"]; reason != "" {
			refuse(w, http.StatusConflict, reason)
			return nil, true
		}
		if told < 0 {
			told = first(c.Log, values.Get("tail"), values.Get("since"))
		}
		for _, line := range c.Log[told:] {
			text := line.Text + "\n"
			if values.Get("timestamps") == "1" {
				text = line.Time.UTC().Format("2006-01-02T15:04:05.000000000Z") + " " + text
			}
			data = append(data, frame(line.Stderr, text)...)
		}
		told = len(c.Log)
		return data, values.Get("follow") != "1" || c.state() != "running"
	})
}

// first is the first line of a log that is asked for.
func first(log []LogLine, tail, since string) int {
	from := 0
	if seconds, err := strconv.ParseFloat(since, 64); err == nil {
		at := time.UnixMilli(int64(seconds * 1000))
		if from = slices.IndexFunc(log, func(l LogLine) bool { return !l.Time.Before(at) }); from < 0 {
			return len(log)
		}
	}
	if n, err := strconv.Atoi(tail); err == nil {
		from = max(from, len(log)-n)
	}
	return from
}

// frame is a piece of one of the two streams, as the engine joins them.
func frame(stderr bool, text string) []byte {
	head := []byte{1, 0, 0, 0, 0, 0, 0, 0}
	if stderr {
		head[0] = 2
	}
	binary.BigEndian.PutUint32(head[4:], uint32(len(text)))
	return append(head, text...)
}

// prepare takes a command that is to be run in a container.
func (e *Engine) prepare(w http.ResponseWriter, q *http.Request, name string) {
	var asked struct {
		Cmd, Env         []string
		Tty, AttachStdin bool
	}
	_ = json.NewDecoder(q.Body).Decode(&asked)
	e.mu.Lock()
	defer e.mu.Unlock()
	id := strconv.Itoa(len(e.streams.prepared))
	e.streams.prepared = append(e.streams.prepared, Exec{Container: e.nameOf("containers", name), Argv: asked.Cmd, Env: asked.Env, TTY: asked.Tty, reads: asked.AttachStdin})
	_ = json.NewEncoder(w).Encode(m{"Id": id})
}

// serveExec runs a command in a container: it reads all of an input that it is
// given, and then answers. The shell that says its process before the command is none of a test's.
func (e *Engine) serveExec(w http.ResponseWriter, id string) {
	n, _ := strconv.Atoi(id)
	conn, stream, err := w.(http.Hijacker).Hijack()
	if err != nil {
		e.T.Error(err)
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
	e.mu.Lock()
	run, cmd := e.Exec, e.streams.prepared[n]
	e.mu.Unlock()
	if run == nil {
		e.T.Errorf("%q was run in %s", cmd.Argv, cmd.Container)
		return
	}
	announced := len(cmd.Argv) > 4 && strings.HasPrefix(cmd.Argv[2], `echo "$$"`)
	if announced {
		cmd.Argv = cmd.Argv[4:]
	}
	if cmd.reads {
		in, _ := io.ReadAll(stream)
		cmd.In = string(in)
	}
	out, errs, code := run(cmd)
	e.mu.Lock()
	e.streams.executed = append(e.streams.executed, cmd)
	if e.streams.codes == nil {
		e.streams.codes = map[string]int{}
	}
	e.streams.codes[id] = code
	e.mu.Unlock()
	if announced {
		out = "42\n" + out
	}
	if cmd.TTY {
		_, _ = io.WriteString(conn, out)
		return
	}
	_, _ = conn.Write(append(frame(false, out), frame(true, errs)...))
}
