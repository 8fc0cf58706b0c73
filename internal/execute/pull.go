package execute

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// pull has the Compose CLI fetch an image, which knows the user's credentials
// and the service's platform, and adds up the bytes of its layers.
func (r *Runner) pull(ctx context.Context, a plan.PullImage, note func(engine.Note)) error {
	argv := r.Session.Compose.Argv("--progress", "json", "pull", a.Service)
	if a.Platform != "" {
		argv = docker.PullArgv(a.Manifest, a.Platform)
	}
	progress := &pullWriter{note: note, layers: map[string][2]int64{}}
	err := r.Session.Exec(ctx, argv, progress, progress)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return failure.New(failure.Preflight, "pull image %q: %s", a.Image, progress.failure()).
		WithHint("is the name right and the registry reachable? (docker login for a private one; mage env:lab on a machine without a registry)")
}

// pullLine is one line of `docker compose --progress json pull`. Source:
// docker/compose cmd/display/json.go.
type pullLine struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Text    string `json:"text"`
	Details string `json:"details"`
	Message string `json:"message"`
	Error   any    `json:"error"`
	Current int64  `json:"current"`
	Total   int64  `json:"total"`
}

type pullWriter struct {
	mu     sync.Mutex
	note   func(engine.Note)
	rest   []byte
	layers map[string][2]int64
	err    string
}

// Write is part of io.Writer.
func (p *pullWriter) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest = append(p.rest, b...)
	for {
		line, rest, found := bytes.Cut(p.rest, []byte("\n"))
		if !found {
			return len(b), nil
		}
		p.rest = rest
		p.line(line)
	}
}

func (p *pullWriter) line(data []byte) {
	var l pullLine
	if json.Unmarshal(data, &l) != nil {
		if text := string(bytes.TrimSpace(data)); text != "" {
			p.err = text
		}
		return
	}
	if l.Error != nil || l.Status == "Error" {
		p.err = cmp.Or(l.Message, l.Details, l.Text)
	}
	if l.Total > 0 {
		p.layers[l.ID] = [2]int64{l.Current, l.Total}
		p.note(engine.Note{Text: "pulling", Current: p.sum(0), Total: p.sum(1)})
	}
}

func (p *pullWriter) sum(i int) (n int64) {
	for _, layer := range p.layers {
		n += layer[i]
	}
	return n
}

func (p *pullWriter) failure() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := cmp.Or(p.err, string(bytes.TrimSpace(p.rest)), "no reason given")
	text, _, _ = strings.Cut(text, "\n") // Compose says it once for each service
	return strings.TrimPrefix(text, "Error response from daemon: ")
}
