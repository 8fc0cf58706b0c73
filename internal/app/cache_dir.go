package app

import (
	"path/filepath"
	"runtime"
)

// CacheDir is where this user's caches are, "" where nobody knows. It is what
// os.UserCacheDir says, of the run's environment and not of the process's.
func (w *Run) CacheDir() string {
	home := w.Getenv("HOME")
	switch xdg := w.Getenv("XDG_CACHE_HOME"); {
	case runtime.GOOS == "windows":
		return w.Getenv("LocalAppData")
	case runtime.GOOS == "darwin" && home != "":
		return filepath.Join(home, "Library", "Caches")
	case runtime.GOOS != "darwin" && filepath.IsAbs(xdg):
		return xdg
	case runtime.GOOS != "darwin" && xdg == "" && home != "":
		return filepath.Join(home, ".cache")
	}
	return ""
}
