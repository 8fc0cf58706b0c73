package observe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/project"
)

// Given are the configs and secrets that a service's containers are given at their
// start, as digests: neither is part of Compose's own hash of a service.
type Given struct {
	Written string `json:"written,omitempty"` // the content that Compose writes into them, the paths that it mounts
	Mounted string `json:"mounted,omitempty"` // what is in these files
	// Start is when a container was started with that.
	Start time.Time `json:"start,omitzero"`
}

// given are the services that have any.
func given(p *project.Project) map[string]Given {
	all := map[string]Given{}
	for name, service := range p.Model.Services {
		var objects []types.FileObjectConfig
		for _, ref := range service.Configs {
			objects = append(objects, types.FileObjectConfig(p.Model.Configs[ref.Source]))
		}
		for _, ref := range service.Secrets {
			objects = append(objects, types.FileObjectConfig(p.Model.Secrets[ref.Source]))
		}
		if g := givenOf(p, objects); g != (Given{}) {
			all[name] = g
		}
	}
	return all
}

func givenOf(p *project.Project, objects []types.FileObjectConfig) (g Given) {
	var written, mounted []string
	for _, o := range objects {
		switch {
		case o.Content != "":
			written = append(written, o.Name, o.Content)
		case o.Environment != "":
			written = append(written, o.Name, p.Variable(o.Environment))
		case o.File != "":
			written = append(written, o.Name, o.File) // where the mount leads to is written too
			mounted = append(mounted, content(o.File))
		}
	}
	return Given{Written: digest(written), Mounted: digest(mounted)}
}

// content of a file; what is in a FIFO is for the container.
func content(path string) string {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(data)
}

func digest(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	text, _ := json.Marshal(parts) // of strings, which cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// outdate marks the containers that were started with something else than what they
// would be given now, as far as the record knows.
func outdate(ctx context.Context, c Lister, s State) {
	for name, now := range s.Given {
		for i, one := range s.Containers[name] {
			last, known := s.Last.Given[one.ID]
			if !known {
				continue
			}
			s.Containers[name][i].Rewritten = last.Written != now.Written
			s.Containers[name][i].Remounted = last.Mounted != now.Mounted && one.State == "running" &&
				same(ctx, c, map[string]time.Time{one.ID: last.Start}, one.ID)
		}
	}
}
