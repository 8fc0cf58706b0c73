package environ

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// nameForm keeps out temporary files and backups, which have a dot or an upper
// case letter in the part after .env.
var nameForm = lazyregexp.New(`^[a-z][a-z0-9-]*$`)

// templateName is the one name that can never be an environment.
const templateName = "example"

// standard are the environments that Use makes when they are missing. Any other
// has to be there, or a typing error would become an environment.
func standard() []string { return []string{"dev", "local", "test"} }

// IsStandard says that Use makes an environment of this name.
func IsStandard(name string) bool { return slices.Contains(standard(), name) }

func isName(name string) bool {
	return nameForm.MatchString(name) && name != templateName
}

// Names lists the environments that have a file, sorted. A missing directory
// has none.
func Names(dirs Dirs) ([]string, error) {
	entries, err := os.ReadDir(dirs.envDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, failure.New(failure.Preflight, "list environments: %w", err)
	}
	var names []string
	for _, entry := range entries {
		name, found := strings.CutPrefix(entry.Name(), prefix)
		if found && isName(name) && !entry.IsDir() {
			names = append(names, name)
		}
	}
	return names, nil
}

// checkName returns a Usage failure for what cannot be an environment's name.
func checkName(name string) error {
	if isName(name) {
		return nil
	}
	return failure.New(failure.Usage, "environment name %q is not allowed", name).
		WithHint("use lower-case letters, digits and hyphens, starting with a letter, other than %q", templateName)
}

// unknown is the failure for a name that has no file and is not made silently.
func unknown(dirs Dirs, name string) error {
	known, err := Names(dirs)
	if err != nil {
		return err
	}
	if exists(dirs.Template()) {
		known = append(known, standard()...)
		slices.Sort(known)
		known = slices.Compact(known)
	}
	if slices.Contains(known, name) {
		return failure.New(failure.Usage, "the environment %q is not made yet", name).WithHint("mage env:%s makes it", name)
	}
	e := failure.New(failure.Usage, "no environment %q", name)
	if len(known) == 0 {
		return e.WithHint("write %s first", dirs.Short(dirs.File(name)))
	}
	e = e.WithDetails("there are: " + strings.Join(known, ", "))
	if near := failure.Nearest(name, known); near != "" {
		return e.WithHint("did you mean %q?", near)
	}
	return e.WithHint("choose one of these, or write %s first", dirs.Short(dirs.File(name)))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// deployment are the variables that say how an environment is deployed. They are
// named one by one, as another that begins like them is the user's.
var deployment = []string{deployHost, "DEPLOY_NAME", "DEPLOY_PATH", "DEPLOY_BUILD", "DEPLOY_KEEP", "DEPLOY_DRAIN", "DEPLOY_WATCH", "DEPLOY_GATEWAY_IMAGE", "DEPLOY_BIND",
	"DEPLOY_TLS_CERT", "DEPLOY_TLS_KEY"}

// IsReserved reports whether Compose, Docker or Spellbook reads the variable itself.
func IsReserved(name string) bool {
	return name == EnabledPlugins || slices.Contains(deployment, name) || slices.ContainsFunc(
		[]string{"COMPOSE_", "DOCKER_", "BUILDKIT_", "BUILDX_", "SPELLBOOK_"},
		func(p string) bool { return strings.HasPrefix(name, p) })
}

// IsAmbient reports whether the shell has the variable, in one way or another, on any machine.
func IsAmbient(name string) bool {
	return slices.Contains([]string{"HOME", "HOSTNAME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "USER"}, name)
}
