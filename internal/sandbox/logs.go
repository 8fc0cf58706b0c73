package sandbox

import (
	"os"
	"slices"

	"github.com/infinitescribe/spellbook/internal/project"
)

// LogsDir is the directory of a stack's place that has the logs of its services, which
// outlive the stack.
const LogsDir = "logs"

// onlyLogs: of the stack there are logs and nothing else.
func (p Place) onlyLogs() bool {
	entries, err := os.ReadDir(p.Path(""))
	return err == nil && len(entries) == 1 && entries[0].Name() == LogsDir
}

// PruneLogs removes all but the newest logs of stacks that are gone.
func PruneLogs(l project.Layout, most int) error {
	l = l.WithDefaults()
	entries, err := os.ReadDir(l.Path(dirOf(l)))
	if err != nil {
		return err
	}
	var kept []os.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.IsDir() && (Place{l, e.Name()}).onlyLogs() {
			kept = append(kept, info)
		}
	}
	slices.SortFunc(kept, func(a, b os.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range kept[min(most, len(kept)):] {
		if err := os.RemoveAll(Place{l, info.Name()}.Path("")); err != nil {
			return err
		}
	}
	return nil
}
