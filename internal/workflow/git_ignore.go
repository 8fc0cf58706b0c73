package workflow

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/project"
)

// keepOutOfGit makes the directory of what Spellbook remembers one that git
// ignores, wherever it is: its own .gitignore says so, and the user's is not
// touched. What cannot be written is not worth a failure.
func keepOutOfGit(l project.Layout) {
	dir := l.Path(l.WithDefaults().StateDir)
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Lstat(ignore); err == nil || os.MkdirAll(dir, 0o755) != nil {
		return
	}
	if os.WriteFile(ignore, []byte("*\n"), 0o644) != nil {
		_ = os.Remove(ignore) // an empty one would ignore nothing, and stay
	}
}

// warnOfGit names the files with secrets that a switch has left, and that git
// would take, with the lines that keep it from that. Without git it is silent.
func (d *desk) warnOfGit(ctx context.Context, paths ...string) {
	ask, _ := d.git(ctx)
	if ask == nil {
		return
	}
	var lines []string
	for _, path := range paths {
		if _, ignored, known := ask(path); known && !ignored {
			lines = append(lines, d.ignoreLine(path))
		}
	}
	if len(lines) > 0 {
		_, _ = fmt.Fprintf(d.w.Err, "warning: git does not ignore what may hold secrets\n  → add to .gitignore: %s\n", strings.Join(lines, "  "))
	}
}

// ignoreLine is of the path, or of all backups where it is one.
func (d *desk) ignoreLine(path string) string {
	line := "/" + d.layout.Short(path)
	if name, _, isBackup := strings.Cut(line, ".backup-"); isBackup {
		return name + ".backup-*"
	}
	return line
}
