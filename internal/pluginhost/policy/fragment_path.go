package policy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/format"
	"github.com/compose-spec/compose-go/v2/types"
)

// mount is an item of a service's volumes, short or long.
func (c *Checker) mount(at string, value any) {
	if m, isMap := value.(map[string]any); isMap {
		c.longMount(at, m)
		return
	}
	spec := Text(value)
	source, _, hasTarget := strings.Cut(spec, ":")
	if variable(source) || len(source) == 1 && strings.HasPrefix(spec[1:], ":\\") || spec == "" {
		c.need(at, "mount:/") // what the value makes of it may be any path
		return
	}
	if !hasTarget {
		return // an anonymous volume
	}
	volume, err := format.ParseVolume(spec)
	writes := !volume.ReadOnly || variable(spec)
	switch {
	case err != nil:
		c.report(CodeFragment, at, at+" is no volume")
	case volume.Type == types.VolumeTypeVolume:
		c.named(at, source)
	default:
		c.hostPath(at, source, writes)
	}
}

func (c *Checker) longMount(at string, m map[string]any) {
	source := Text(m["source"])
	switch kind := Text(m["type"]); kind {
	case types.VolumeTypeVolume:
		if source != "" {
			c.named(at+".source", source)
		}
	case types.VolumeTypeTmpfs, types.VolumeTypeImage:
	case types.VolumeTypeBind:
		c.hostPath(at+".source", source, Text(m["read_only"]) != "true")
	default:
		c.need(at+".type", "mount:/")
	}
}

// named is a volume by name, which must be of the fragment.
func (c *Checker) named(at, name string) {
	switch {
	case c.owns("volumes", name):
	case variable(name):
		c.need(at, "volume:*")
	default:
		c.need(at, "volume:"+name)
	}
}

// paths is env_file or label_file: a path, a list of them, or of mappings.
func (c *Checker) paths(at string, value any) {
	c.list(func(at string, item any) {
		if m, isMap := item.(map[string]any); isMap {
			item = m["path"]
		}
		c.hostPath(at, Text(item), false)
	})(at, value)
}

// hostPath asks for the permission that a path of this machine needs: none to
// read what lies in the plugin's own directory, plugins/NAME. The rest of the
// repository holds values, or what the next run executes.
func (c *Checker) hostPath(at, path string, writes bool) {
	switch {
	case variable(path), path == "", strings.Contains(path, "\\"), turnsBack(path):
		c.need(at, "mount:/")
		return
	case strings.HasPrefix(path, "~"):
		if strings.Contains(path, "..") {
			path = "/"
		}
		c.need(at, "mount:"+path)
		return
	case !filepath.IsAbs(path):
		path = filepath.Join(c.Dir, path)
	}
	followed, inside := c.locate(filepath.Clean(path))
	switch {
	case isEngineSocket(path), isEngineSocket(followed):
		if !Covered(c.Granted, "mount:"+filepath.ToSlash(followed)) {
			c.need(at, "docker.sock")
		}
	case !inside:
		c.need(at, "mount:"+filepath.ToSlash(followed))
	default:
		if rel, err := filepath.Rel(c.realRoot(), followed); err != nil || writes || !c.isOwnPlace(filepath.ToSlash(rel)) {
			c.need(at, "mount:"+asRelative(rel))
		}
	}
}

// turnsBack: dots after a name lead elsewhere when the name is a symbolic link,
// and who reads the path decides whether they do.
func turnsBack(path string) bool {
	named := false
	for part := range strings.SplitSeq(path, "/") {
		if part == ".." && (named || strings.HasPrefix(path, "/")) {
			return true
		}
		named = named || part != ".." && part != "." && part != ""
	}
	return false
}

// locate follows the symbolic links of what exists of a path.
func (c *Checker) locate(path string) (followed string, inside bool) {
	followed, rest := path, ""
	for {
		target, err := filepath.EvalSymlinks(followed)
		if err == nil {
			followed = filepath.Join(target, rest)
			break
		}
		// A link that leads nowhere yet may lead anywhere tomorrow.
		if _, err := os.Lstat(followed); err == nil || filepath.Dir(followed) == followed {
			return followed, false
		}
		rest, followed = filepath.Join(filepath.Base(followed), rest), filepath.Dir(followed)
	}
	rel, err := filepath.Rel(c.realRoot(), followed)
	return followed, err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func (c *Checker) realRoot() string {
	if followed, err := filepath.EvalSymlinks(c.Root); err == nil {
		return followed
	}
	return filepath.Clean(c.Root)
}

// isOwnPlace: below plugins/NAME, unless the repository has values there.
func (c *Checker) isOwnPlace(rel string) bool {
	others := slices.DeleteFunc(c.Places.of(rel), func(at string) bool { return at == "plugins" })
	return Below("plugins/"+c.manifest.Name, rel) && len(others) == 0
}

func asRelative(rel string) string {
	if rel == "." {
		return "."
	}
	return "./" + filepath.ToSlash(rel)
}

// isEngineSocket knows the sockets of container engines by their names.
func isEngineSocket(path string) bool {
	switch filepath.Base(path) {
	case "docker.sock", "podman.sock", "containerd.sock":
		return true
	}
	return false
}
