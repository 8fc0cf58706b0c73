package commandtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// status is what the engine's list says of a container.
func (c *Container) status() string {
	health := map[string]string{"healthy": " (healthy)", "unhealthy": " (unhealthy)", "starting": " (health: starting)"}[c.Health]
	switch {
	case c.Status != "":
		return c.Status
	case c.State == "created":
		return "Created"
	case c.State == "exited":
		return fmt.Sprintf("Exited (%d) 2 minutes ago", c.ExitCode)
	case c.State == "restarting":
		return fmt.Sprintf("Restarting (%d) 2 seconds ago", c.ExitCode)
	}
	return "Up 2 minutes" + health
}

func (c *Container) ports() []m {
	list := []m{}
	for _, p := range c.Ports {
		list = append(list, m{"IP": p.IP, "PublicPort": p.Host, "PrivatePort": p.Container, "Type": "tcp"})
	}
	return list
}

func (c *Container) inspected() m {
	at := func(t time.Time) string { return t.Format(time.RFC3339Nano) }
	state := m{"Status": c.state(), "Running": c.state() == "running", "Restarting": c.State == "restarting", "Paused": c.State == "paused",
		"OOMKilled": c.OOM, "ExitCode": c.ExitCode, "StartedAt": at(c.Started), "FinishedAt": at(c.Started.Add(time.Minute))}
	if c.Health != "" {
		state["Health"] = m{"Status": c.Health, "Log": []m{{"Output": c.Output, "End": at(c.Started)}}}
	}
	return m{"Id": c.ID, "Name": "/" + c.Name, "RestartCount": c.Restarts, "State": state,
		"Config": m{"Labels": c.Labels, "Image": c.Image}, "HostConfig": m{}}
}

// within answers for what is in a container, or what it takes.
func (e *Engine) within(w http.ResponseWriter, q *http.Request, path string) any {
	name, what, _ := strings.Cut(strings.TrimPrefix(path, "containers/"), "/")
	c := e.container(name)
	switch file := q.URL.Query().Get("path"); {
	case c == nil:
	case what == "stats" && c.Stats != "":
		return json.RawMessage(c.Stats)
	case what == "archive" && slices.Contains(c.Files, file):
		w.Header().Set("X-Docker-Container-Path-Stat", base64.StdEncoding.EncodeToString([]byte("{}")))
		return nil
	case what == "archive", what == "stats":
	default:
		e.T.Errorf("the engine is asked for %s", q.URL)
	}
	return refuse(w, http.StatusNotFound, "no such thing: "+path)
}
