package envcheck

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/finding"
)

// FileFacts is what the disk and git say of a file with an environment's values.
type FileFacts struct {
	File      string      // as messages show it
	Committed bool        // it may be in git and readable by all
	Mode      fs.FileMode // 0 if unknown, or if there are no modes
	Tracked   bool        // git has it
	Ignored   bool        // git does not offer it
	InGit     bool        // Tracked and Ignored are known
	Own       bool        // a .env that is no link: it was there before environments were
}

// Git answers of a path whether git tracks it and whether it ignores it; ok is
// false where there is no repository or no git.
type Git func(path string) (tracked, ignored, ok bool)

// Files gathers the facts of an environment's file, of a .env that is no link,
// and of the backups beside it. git may be nil.
func Files(dirs environ.Dirs, name string, git Git) ([]FileFacts, error) {
	paths, err := filepath.Glob(globEscape(dirs.Active()) + ".backup-*")
	if err != nil {
		return nil, failure.New(failure.Preflight, "list the backups: %w", err).WithHint("check the rights and the free space of that directory")
	}
	list := []FileFacts{}
	for _, path := range append([]string{dirs.File(name), dirs.Active()}, paths...) {
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, failure.New(failure.Preflight, "look at %s: %w", dirs.Short(path), err).WithHint("check the rights of its directory")
		}
		list = append(list, factsOf(dirs, path, info, git))
	}
	return list, nil
}

func factsOf(dirs environ.Dirs, path string, info fs.FileInfo, git Git) FileFacts {
	f := FileFacts{File: dirs.Short(path)}
	f.Committed = environ.IsCommittedFile(path)
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err := os.Stat(path); err == nil {
			info = target
		}
		f.Committed = f.Committed || path == dirs.Active() // what it leads to has facts of its own
	} else {
		f.Own = path == dirs.Active()
	}
	if runtime.GOOS != "windows" && info.Mode().IsRegular() {
		f.Mode = info.Mode().Perm()
	}
	if git != nil {
		f.Tracked, f.Ignored, f.InGit = git(path)
	}
	return f
}

// globEscape takes a path literally, where a pattern is wanted.
func globEscape(path string) string {
	if runtime.GOOS == "windows" {
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func (c *checker) files() {
	for _, f := range c.Files {
		if f.Committed {
			continue
		}
		if f.InGit && f.Tracked && f.Own { // the values of everybody, as in many a repository; an environment made of it is not in git
			c.says(finding.Finding{Severity: finding.Warning, Code: CodeTracked, File: f.File},
				"git rm --cached "+f.File+", and rotate what in it is a secret", "git tracks this file")
			continue
		}
		if f.InGit && f.Tracked {
			c.says(finding.Finding{Severity: finding.Error, Code: CodeTracked, File: f.File},
				"git rm --cached "+f.File+", then rotate its secrets", "git tracks this file, and its secrets with it")
		} else if f.InGit && !f.Ignored {
			c.says(finding.Finding{Severity: finding.Warning, Code: CodeNotIgnored, File: f.File},
				"add /"+ignored(f.File)+" to .gitignore", "git does not ignore this file")
		}
		if f.Mode&0o077 != 0 {
			c.says(finding.Finding{Severity: c.graver(), Code: CodeMode, File: f.File},
				"chmod 600 "+f.File, "others may read this file: its mode is %04o", f.Mode)
		}
	}
}

// ignored is a pattern for the file, or for all backups where it is one.
func ignored(file string) string {
	if name, _, isBackup := strings.Cut(file, ".backup-"); isBackup {
		return name + ".backup-*"
	}
	return file
}

// images are those whose meaning changes without the file.
func (c *checker) images() {
	for _, a := range c.sorted() {
		if a.IsSet && (strings.HasSuffix(a.Name, "_IMAGE") || a.Name == "IMAGE") && isFloating(a.Value) {
			c.says(c.at(a.Entry, c.graver(), CodeFloating), "name a version: "+c.toSet(a.Name), "%s is %s", a.Name, floating(a.Value))
		}
	}
	for _, i := range c.Images {
		inVariable := slices.ContainsFunc(c.all, func(a dotenv.Evaluated) bool { return a.Value == i.Name && strings.HasSuffix(a.Name, "IMAGE") })
		if isFloating(i.Name) && !inVariable {
			c.says(finding.Finding{Severity: c.graver(), Code: CodeFloating, File: i.File, Line: i.Line}, i.remedy(), "the image of %s is %s", i.Service, floating(i.Name))
		}
	}
}

func (i Image) remedy() string {
	if i.Plugin == "" {
		return "name a version"
	}
	return "set the variable of its image, if there is one: mage plugin:info " + i.Plugin
}

// isFloating: the image has no digest, and no tag or the tag latest.
func isFloating(image string) bool {
	if image == "" || strings.Contains(image, "@") || strings.ContainsAny(image, " \t\n") {
		return false
	}
	_, tag, tagged := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	return !tagged || tag == "latest" || tag == ""
}

func floating(image string) string {
	if strings.HasSuffix(image, ":latest") {
		return image + ", which is another one after every release"
	}
	return image + ", without a tag: that is latest"
}

// copies is the finding of a copy that is not the same.
func (c *checker) copies() {
	f := finding.Finding{Severity: finding.Warning, Code: CodeCopy, File: c.Environment.File, Line: 1}
	name := c.Environment.Name
	switch c.Copy {
	case environ.Edited:
		c.says(f, "take over what you edited into the file of "+name+", then mage env:use "+name+", which keeps this one as a backup",
			"this copy of the environment %s was edited: Compose reads it, and not the file", name)
	case environ.Outdated:
		c.says(f, "mage env:use "+name, "the environment %s is another one since this copy was made: Compose reads the copy", name)
	}
}
