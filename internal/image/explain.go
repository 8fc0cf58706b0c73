package image

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
	"github.com/infinitescribe/spellbook/internal/units"
)

// Difference is one input that is another than at the last build.
type Difference struct {
	Kind     string // file, argument, base image, Dockerfile, target, platform, label, linked build, setting
	Name     string // a path, an argument's name, an image
	What     string // of a file: added, removed, content, mode, kind
	Old, New string // of the others; "" is none
}

// Explain lists what two records differ in: what weighs most first, files last.
func Explain(old, now Record) []Difference {
	var list []Difference
	one := func(kind, name, before, after string) {
		if before != after {
			list = append(list, Difference{Kind: kind, Name: name, Old: before, New: after})
		}
	}
	one("Dockerfile", "", old.Dockerfile, now.Dockerfile)
	one("target", "", old.Target, now.Target)
	one("platform", "", strings.Join(old.Platforms, ","), strings.Join(now.Platforms, ","))
	one("remote input", "", strings.Join(old.Remote, " "), strings.Join(now.Remote, " "))
	list = append(list, compare("base image", old.Bases, now.Bases)...)
	list = append(list, compare("argument", old.Args, now.Args)...)
	list = append(list, compare("label", old.Labels, now.Labels)...)
	list = append(list, compare("linked build", old.Links, now.Links)...)
	list = append(list, compare("setting", old.Other, now.Other)...)
	return append(list, files(old.Files, now.Files)...)
}

func compare(kind string, old, now map[string]string) []Difference {
	var list []Difference
	all := maps.Clone(old)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, now)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		before, was := old[name]
		after, is := now[name]
		if before != after || was != is {
			list = append(list, Difference{Kind: kind, Name: name, Old: before, New: after})
		}
	}
	return list
}

func files(old, now map[string][]buildcontext.File) []Difference {
	all := maps.Clone(old)
	if all == nil {
		all = map[string][]buildcontext.File{}
	}
	maps.Copy(all, now)
	var list []Difference
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, c := range buildcontext.Compare(old[name], now[name]) {
			path := c.Path
			if name != "" {
				path = name + ":" + path
			}
			list = append(list, Difference{Kind: "file", Name: path, What: c.What})
		}
	}
	return list
}

// Summary says in a few words what differs.
func Summary(list []Difference) string {
	if len(list) == 0 {
		return "the record of the last build is another's"
	}
	var words []string
	var paths []string
	for _, d := range list {
		switch {
		case d.Kind == "file" && slices.Contains(words, path.Base(d.Name)+" changed"): // the Dockerfile, told already
		case d.Kind == "file":
			paths = append(paths, d.Name)
		case d.Name == "":
			words = append(words, d.Kind+" changed")
		default:
			words = append(words, d.Kind+" "+d.Name+" changed")
		}
	}
	switch {
	case len(words) > 2:
		return fmt.Sprintf("%s and %d more", words[0], len(list)-1)
	case len(paths) == 1:
		words = append(words, paths[0]+" changed")
	case len(paths) > 1:
		words = append(words, fmt.Sprintf("%s and %s changed", paths[0], units.Plural(len(paths)-1, "more file")))
	}
	return strings.Join(words, ", ")
}
