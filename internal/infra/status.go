package infra

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/status"
)

// Status is one row for each enabled service, sorted by name.
func Status(p *project.Project, s observe.State) []status.Service {
	rows := make([]status.Service, 0, len(p.Model.Services))
	ends := oneShots(p)
	for _, name := range p.Services() {
		rows = append(rows, row(p, s, name, ends[name] || endsWell(p, name)))
	}
	return rows
}

// AllReady reports whether every row is ready or done.
func AllReady(rows []status.Service) bool {
	return !slices.ContainsFunc(rows, func(r status.Service) bool { return r.State != status.Ready && r.State != status.Completed })
}

func row(p *project.Project, s observe.State, name string, oneShot bool) status.Service {
	have := s.Containers[name]
	r := status.Service{Name: name, Image: imageOf(p, have, name), URLs: []string{}, State: status.Absent, Detail: "no container"}
	if p.Replicas(name) == 0 && len(have) == 0 {
		r.State, r.Detail = status.Completed, "scaled to none"
		return r
	}
	if provided(p, name) && len(have) == 0 {
		return providerRow(p, s, r)
	}
	for i, c := range have {
		state, detail := stateOf(c, oneShot)
		if i == 0 || worse(state, r.State) {
			r.State, r.Detail, r.Age = state, detail, since(c.Status)
			if len(have) > 1 && state != status.Ready && state != status.Completed {
				r.Container = c.Name
				r.Detail = strings.TrimSuffix(fmt.Sprintf("replica %d: %s", c.Number, detail), ": ")
			}
		}
		r.URLs = append(r.URLs, urls(p, name, c)...)
	}
	if want := p.Replicas(name); len(have) > 1 || want > 1 {
		r.Containers = len(have)
	}
	return r
}

// stateOf is the word for one container, and what to add to it.
func stateOf(c observe.Container, oneShot bool) (status.State, string) {
	switch c.State {
	case "running":
		if c.Detached != "" {
			return status.Unhealthy, c.Detached + " was started after it, and it shares what that had before"
		}
		if c.Restarts > 0 {
			return status.Failed, restarting(c)
		}
		if c.Unhooked {
			return status.Failed, "its post_start hook failed"
		}
		return runningState(c), ""
	case "created":
		return status.Absent, "created, not started"
	case "restarting":
		return status.Failed, restarting(c)
	case "exited":
		return exitedState(c, oneShot)
	case "dead":
		return status.Failed, "dead: the engine could not remove it"
	}
	return status.Exited, c.State
}

// restarting is "restarting (4 times in 20 s, last exit 9)", as far as it is known.
func restarting(c observe.Container) string {
	text := "once"
	if c.Restarts > 1 {
		text = fmt.Sprintf("%d times", c.Restarts)
	}
	switch within := c.Within.Round(time.Second); {
	case within >= 2*time.Minute:
		text += fmt.Sprintf(" in %d min", int(within.Minutes()))
	case within > 0:
		text += fmt.Sprintf(" in %d s", int(within.Seconds()))
	}
	if c.LastExit != nil {
		text += fmt.Sprintf(", last exit %d", *c.LastExit)
	}
	return "restarting (" + text + ")"
}

// StillRunning is a line a container that runs, by service; stopping are those that the
// engine is about to stop.
func StillRunning(s observe.State, stopping []string) []string {
	var lines []string
	for _, service := range s.Services() {
		for _, c := range s.Containers[service] {
			if !slices.Contains([]string{"running", "restarting", "paused"}, c.State) {
				continue
			}
			name, state := service, c.State
			if len(s.Containers[service]) > 1 {
				name += "-" + strconv.Itoa(c.Number)
			}
			switch {
			case slices.Contains(stopping, c.Name):
				lines = append(lines, "still running: "+name+" (stopping)")
				continue
			case c.State == "running":
				state = string(runningState(c))
			}
			lines = append(lines, "still running: "+name+" ("+strings.TrimSuffix(state+", "+strings.ToLower(since(c.Status)), ", ")+")")
		}
	}
	return lines
}

func runningState(c observe.Container) status.State {
	switch c.Health {
	case "starting":
		return status.Starting
	case "unhealthy":
		return status.Unhealthy
	}
	return status.Ready
}

// exitedState tells a stop (0, or ended by TERM or KILL) from a failure.
func exitedState(c observe.Container, oneShot bool) (status.State, string) {
	detail := fmt.Sprintf("exited with code %d", c.ExitCode)
	switch {
	case c.Stopped:
		return status.Exited, "stopped"
	case c.ExitCode == 0 && oneShot:
		return status.Completed, ""
	case c.ExitCode == 0, c.ExitCode == 143, c.ExitCode == 137:
		return status.Exited, detail
	}
	return status.Failed, detail
}

var badness = []status.State{status.Completed, status.Ready, status.Starting, status.Absent, status.Exited, status.Unhealthy, status.Failed}

func worse(a, b status.State) bool { return slices.Index(badness, a) > slices.Index(badness, b) }

// since takes the engine's words: "Up 3 minutes (healthy)" is "3 minutes".
func since(status string) string {
	status, _, _ = strings.Cut(strings.TrimPrefix(status, "Up "), " (")
	if strings.HasPrefix(status, "Exited") || status == "Created" || strings.HasPrefix(status, "Restarting") {
		return ""
	}
	return status
}

// schemes are what well-known container ports speak.
var schemes = map[uint16]string{
	80: "http", 443: "https", 3000: "http", 4200: "http", 5173: "http", 5432: "postgres", 6379: "redis", 7474: "http",
	7687: "bolt", 8000: "http", 8080: "http", 8443: "https", 9000: "http", 9001: "http", 3306: "mysql", 27017: "mongodb",
	5672: "amqp", 15672: "http", 9092: "kafka", 9200: "http", 1025: "smtp", 1080: "http", 8025: "http",
}

// urls are the published ports as something to click or paste.
func urls(p *project.Project, name string, c observe.Container) []string {
	var list []string
	for _, port := range c.Ports {
		if strings.Contains(port.IP, ":") && slices.ContainsFunc(c.Ports, func(o observe.Published) bool { return o.Host == port.Host && !strings.Contains(o.IP, ":") }) {
			continue // the same port again, over IPv6
		}
		host := port.IP
		if host == "" || host == "0.0.0.0" || host == "::" {
			host = "localhost"
		}
		list = append(list, scheme(p, name, port)+"://"+net.JoinHostPort(host, strconv.Itoa(int(port.Host))))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func scheme(p *project.Project, name string, port observe.Published) string {
	for _, config := range p.Model.Services[name].Ports {
		if config.Target == uint32(port.Container) && config.AppProtocol != "" {
			return config.AppProtocol
		}
	}
	if s := p.Scheme(name, port.Container); s != "" && port.Proto == "tcp" {
		return s
	}
	if s := schemes[port.Container]; s != "" && port.Proto == "tcp" {
		return s
	}
	return port.Proto
}
