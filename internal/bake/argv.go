package bake

import (
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/plan"
)

// Options say which target of a bake file is made, where, and what becomes
// of the image.
type Options struct {
	Target  string       // the Name of the plan.Build to be made
	Builds  []plan.Build // what the bake file holds: what it reads is allowed
	Builder string       // "" is the one in use
	// Driver is the builder's. Those other than docker, and "", can set the
	// times of an image's files to its build's Epoch.
	Driver   string
	Output   string // "load": into the engine; "registry": pushed by the builder; "": none
	Metadata string // path of a file for --metadata-file; "" is none
}

// Argv is the command that reads a bake file on stdin and writes what a
// buildlog.Log reads to stderr. It never asks: whatever the builds want is allowed.
func Argv(o Options) []string {
	argv := []string{"docker", "buildx", "bake", "-f", "-", "--progress", "rawjson"}
	if o.Builder != "" {
		argv = append(argv, "--builder", o.Builder)
	}
	if o.Metadata != "" {
		argv = append(argv, "--metadata-file", o.Metadata)
	}
	for _, privilege := range privileges(o.Builds) {
		argv = append(argv, "--allow", privilege)
	}
	if output := o.output(); output != "" {
		argv = append(argv, "--set", o.Target+".output="+output)
	}
	return append(argv, o.Target)
}

// output is the target's; an engine's own builder does not know
// rewrite-timestamp before BuildKit 0.13.
func (o Options) output() string {
	output := map[string]string{"load": "type=docker", "registry": "type=image,push=true"}[o.Output]
	if output == "" || o.Driver == "" || o.Driver == "docker" {
		return output
	}
	if slices.ContainsFunc(o.Builds, func(b plan.Build) bool { return b.Name == o.Target && b.Epoch > 0 }) {
		output += ",rewrite-timestamp=true"
	}
	return output
}

// privileges are what bake would ask about, or refuse where nobody can answer.
// Source: docker/buildx, bake/entitlements.go.
func privileges(builds []plan.Build) []string {
	var list []string
	read := func(path string) { list = append(list, "fs.read="+path) }
	for _, b := range builds {
		for _, path := range append(reads(b), cachePaths(b.CacheFrom, "src")...) {
			read(path)
		}
		for _, path := range cachePaths(b.CacheTo, "dest") {
			list = append(list, "fs.write="+path)
		}
		for _, key := range b.SSH {
			_, paths, found := strings.Cut(key, "=")
			if !found {
				list = append(list, "ssh")
				continue
			}
			for path := range strings.SplitSeq(paths, ",") {
				read(path)
			}
		}
		list = append(list, entitlements(b)...)
		if b.Network == "host" {
			list = append(list, "network.host")
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// reads are the directories and files of a build on this machine.
func reads(b plan.Build) []string {
	var paths []string
	add := func(path string) {
		if layout, is := strings.CutPrefix(path, "oci-layout://"); is {
			layout, _, _ = strings.Cut(layout, "@")
			path = layout
		}
		if path != "" && !remote(path) {
			paths = append(paths, path)
		}
	}
	add(b.Context)
	if b.Inline == "" && !remote(b.Context) {
		add(b.Dockerfile)
	}
	for _, context := range b.Contexts {
		add(context)
	}
	for _, secret := range b.Secrets {
		add(secret.File)
	}
	return paths
}

// remote is a context that BuildKit itself fetches.
func remote(context string) bool {
	return strings.Contains(context, "://") || strings.HasPrefix(context, "target:") || strings.HasPrefix(context, "docker-image:") ||
		strings.HasPrefix(context, "git@") || strings.HasPrefix(context, "github.com/")
}

// Caches are the directories that a build's local caches are in; a relative one is
// below the directory that Argv's command is called in.
func Caches(b plan.Build) []string {
	return append(cachePaths(b.CacheFrom, "src"), cachePaths(b.CacheTo, "dest")...)
}

// cachePaths are the directories of local caches.
func cachePaths(entries []string, key string) []string {
	var paths []string
	for _, entry := range entries {
		fields := strings.Split(entry, ",")
		if !slices.Contains(fields, "type=local") {
			continue
		}
		for _, field := range fields {
			if path, is := strings.CutPrefix(field, key+"="); is {
				paths = append(paths, path)
			}
		}
	}
	return paths
}
