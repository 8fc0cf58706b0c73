package infra

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// noFiles: a bind mount, config or secret whose file is not there.
func noFiles(p *project.Project, _ observe.State, f observe.Facts) []obstacle {
	var list []obstacle
	for _, file := range f.Files {
		name, users := p.Short(file.Path), strings.Join(file.Services, ", ")
		switch {
		case file.Unreadable:
			list = append(list, obstacle{fmt.Sprintf("%s %s of %s may not be read: %s", file.Use, file.Name, users, name), "chmod u+r " + name})
		case !file.Missing:
		case file.Use == observe.BoundVolume:
			list = append(list, obstacle{fmt.Sprintf("%s %s of %s is bound to %s, which is not there", file.Use, file.Name, users, name), "mkdir -p " + name})
		case file.Use != observe.BindMount:
			list = append(list, obstacle{fmt.Sprintf("%s %s of %s has no file %s", file.Use, file.Name, users, name), "create " + name})
		case !file.Create:
			list = append(list, obstacle{fmt.Sprintf("%s mounts %s, which is not there", users, name), "create it, or set create_host_path: true"})
		case looksLikeFile(file):
			list = append(list, obstacle{fmt.Sprintf("%s mounts %s, which is not there and would be created as a directory", users, name), "create the file " + name})
		}
	}
	return list
}

// looksLikeFile: source or target has the name of a file, not of a directory.
func looksLikeFile(f observe.File) bool {
	return hasExtension(filepath.ToSlash(f.Path)) || hasExtension(f.Target)
}

var extension = lazyregexp.New(`^[^.].*\.[A-Za-z][A-Za-z0-9]{0,9}$`)

// hasExtension: conf.d is a directory by its name, .ssh has no extension, and
// .env is a file all the same.
func hasExtension(name string) bool {
	base := path.Base(name)
	return base == ".env" || extension.MatchString(base) && !strings.HasSuffix(base, ".d")
}
