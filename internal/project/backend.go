package project

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/composefiles"
)

// backendStem is how the Compose file of the application's own services is
// called.
const backendStem = "docker-compose.backend"

// BackendFile is the Compose file of the application's own services, among
// those that were loaded; "" where there is none.
func (p *Project) BackendFile() string {
	i := slices.IndexFunc(p.Files, func(f string) bool { return strings.HasPrefix(filepath.Base(f), backendStem+".") })
	if i < 0 {
		return ""
	}
	return p.Files[i]
}

// BackendServices are the services that the backend's Compose file names or
// includes, whether it is loaded or not.
func (l Layout) BackendServices() []string {
	path, _ := composefiles.Stem(l.Path(l.ComposeDir), backendStem)
	return composefiles.Services(path)
}

// BackendServices are the services that the backend's Compose file names or
// includes.
func (p *Project) BackendServices() []string { return composefiles.Services(p.BackendFile()) }
