package test

import (
	"context"
	"path"
	"slices"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
)

// dataOf are the directories in the services' containers that hold their data: the
// volumes that an image declares, and where a database of a kind that is known has its
// own, also where the engine does not have its image yet.
func dataOf(ctx context.Context, own *load.Session) (map[string][]string, error) {
	all := map[string][]string{}
	for _, name := range own.Project.Services() {
		s := own.Project.Model.Services[name]
		var environ []string
		if s.Image != "" {
			image, _, err := own.Client.ImageConfig(ctx, s.Image)
			if err != nil {
				return nil, err
			}
			all[name], environ = image.Volumes, image.Environ
		}
		kind, known := infra.DatabaseOf(own.Project, name)
		if !known {
			continue
		}
		for variable, value := range s.Environment {
			if value != nil {
				environ = append(slices.Clone(environ), variable+"="+*value)
			}
		}
		all[name] = append(slices.Clone(all[name]), "/data")
		if file := kind.DataFile(environ); file != "" {
			all[name] = append(all[name], path.Dir(file))
		}
	}
	return all, nil
}
