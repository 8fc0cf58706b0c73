package deploy

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Sources are the files and directories of this machine that the model gives to
// containers of these services, absolute and sorted: those below the repository's root, which a
// server gets. Others, such as /var/run/docker.sock, are the server's own.
func Sources(p *project.Project, services []string) ([]string, error) {
	found := map[string]bool{}
	for _, name := range services {
		s := p.Model.Services[name]
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind && within(p.Layout.Root, v.Source) {
				found[v.Source] = true
			}
			if root := p.Layout.Root; v.Type == types.VolumeTypeBind && within(v.Source, root) {
				return nil, failure.New(failure.Preflight, "service %s binds %s, which the repository lies in", name, v.Source).
					WithHint("bind the files that it needs, or a volume")
			}
		}
		for _, c := range s.Configs {
			found[p.Model.Configs[c.Source].File] = true
		}
		for _, c := range s.Secrets {
			found[p.Model.Secrets[c.Source].File] = true
		}
	}
	delete(found, "")
	var list []string
	for path := range found {
		if within(p.Layout.Root, path) {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list, nil
}

// within reports whether path lies in dir or is it.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
