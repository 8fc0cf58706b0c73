package ci

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// shebang is the first line of a script that shellcheck can read.
var shebang = regexp.MustCompile(`^#!.*\b(ba|da|k)?sh\b`)

// shellScripts finds them below root by their name or first line, sorted and
// relative to root. Test data and what Git does not hold are left out.
func shellScripts(root string) ([]string, error) {
	var scripts []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && foreign(d.Name()):
			return fs.SkipDir
		case d.Type().IsRegular() && isShell(filepath.Join(root, path)):
			scripts = append(scripts, path)
		}
		return nil
	})
	return scripts, err
}

func foreign(directory string) bool {
	switch directory {
	case ".git", ".spellbook", "node_modules", "testdata":
		return true
	}
	return false
}

func isShell(path string) bool {
	if filepath.Ext(path) != "" {
		return filepath.Ext(path) == ".sh"
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	line, _ := bufio.NewReader(f).ReadString('\n')
	return shebang.MatchString(strings.TrimSpace(line))
}
