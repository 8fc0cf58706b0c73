// Package environ owns a repository's environments: the template
// env/.env.example, the files env/.env.NAME made from it, and the link .env in
// the root that says which of them is active. Reading is lossless, and every
// write leaves the old or the new file, whenever the process is killed. What a
// file says is dotenv's to read. It writes the user's own files, and so not as
// internal/state does: they keep mode, owner and links, and outlive a power cut.
// environ may import dotenv and the leaves failure and secret, and nothing else
// of Spellbook.
package environ

import "path/filepath"

// Dirs says where the environments of a repository are.
type Dirs struct {
	Root   string // the repository; messages and marks name files relative to it
	EnvDir string // holds .env.example and .env.NAME; empty means Root/env
	Link   string // what Compose reads; empty means Root/.env
}

// Template is the path of the template that new environments are made from.
func (d Dirs) Template() string { return d.File("example") }

// File is the path of the environment called name, there or not.
func (d Dirs) File(name string) string {
	return filepath.Join(d.envDir(), prefix+name)
}

// Active is the path that Compose reads: the link or copy that Use writes.
func (d Dirs) Active() string {
	if d.Link != "" {
		return d.Link
	}
	return filepath.Join(d.Root, ".env")
}

const prefix = ".env."

func (d Dirs) envDir() string {
	if d.EnvDir != "" {
		return d.EnvDir
	}
	return filepath.Join(d.Root, "env")
}

// Short is path as messages show it: relative to Root, with slashes.
func (d Dirs) Short(path string) string {
	if rel, err := filepath.Rel(d.Root, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}
