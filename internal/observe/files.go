package observe

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/project"
)

// FileUse is what a path of this machine is for.
type FileUse string

// The uses of files.
const (
	BindMount  FileUse = "bind mount"
	ConfigFile FileUse = "config"
	SecretFile FileUse = "secret"
	// BoundVolume is a directory that a named volume stands for (o: bind). The
	// engine never creates it.
	BoundVolume FileUse = "volume"
)

// File is a path that the model hands to containers.
type File struct {
	Path       string // absolute
	Use        FileUse
	Name       string   // of the config or secret
	Services   []string // who uses it, sorted
	Target     string   // of a bind mount, where it is in the container
	Create     bool     // a bind mount that the engine would create, as a directory
	Missing    bool
	Unreadable bool // it is there, and may not be opened
}

// files looks at bind mounts, configs and secrets of the enabled services.
func files(p *project.Project) []File {
	found := map[fileKey]*File{}
	note := func(f File, service string) {
		key := fileKey{f.Path, f.Use, f.Name, f.Target, f.Create}
		if found[key] == nil {
			look(&f)
			found[key] = &f
		}
		found[key].Services = append(found[key].Services, service)
	}
	for _, name := range p.Services() {
		s := p.Model.Services[name]
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind {
				note(File{Path: v.Source, Use: BindMount, Target: v.Target, Create: v.Bind == nil || bool(v.Bind.CreateHostPath)}, name)
			}
			if device := boundTo(p, v); device != "" {
				note(File{Path: device, Use: BoundVolume, Name: v.Source}, name)
			}
		}
		for _, ref := range s.Configs {
			if c := p.Model.Configs[ref.Source]; c.File != "" {
				note(File{Path: c.File, Use: ConfigFile, Name: ref.Source}, name)
			}
		}
		for _, ref := range s.Secrets {
			if c := p.Model.Secrets[ref.Source]; c.File != "" {
				note(File{Path: c.File, Use: SecretFile, Name: ref.Source}, name)
			}
		}
	}
	return sorted(found)
}

// boundTo is the directory that a named volume stands for; "" for any other
// one. Source: moby volume/local, which hands o and device to mount(2).
func boundTo(p *project.Project, mount types.ServiceVolumeConfig) string {
	v, named := p.Model.Volumes[mount.Source]
	if mount.Type != types.VolumeTypeVolume || !named || bool(v.External) || (v.Driver != "" && v.Driver != "local") {
		return ""
	}
	options := strings.Split(v.DriverOpts["o"], ",")
	if device := v.DriverOpts["device"]; filepath.IsAbs(device) && (slices.Contains(options, "bind") || slices.Contains(options, "rbind")) {
		return device
	}
	return ""
}

// fileKey is what makes two uses of a file one.
type fileKey struct {
	Path         string
	Use          FileUse
	Name, Target string
	Create       bool
}

// look asks whether the path is there. Bind mounts are opened by the engine,
// which may read what we may not.
func look(f *File) {
	if f.Use == BindMount || f.Use == BoundVolume {
		_, err := os.Stat(f.Path)
		f.Missing = errors.Is(err, fs.ErrNotExist)
		return
	}
	opened, err := os.Open(f.Path)
	if err == nil {
		_ = opened.Close()
	}
	f.Missing, f.Unreadable = errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission)
}

func sorted(found map[fileKey]*File) []File {
	var list []File
	for _, f := range found {
		slices.Sort(f.Services)
		f.Services = slices.Compact(f.Services)
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b File) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Use, b.Use), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Name, b.Name))
	})
	return list
}
