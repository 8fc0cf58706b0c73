package commandtest

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"time"
)

// Image is one of an Engine; without tags it is nameless.
type Image struct {
	ID     string
	Tags   []string
	Labels map[string]string
	Size   int64
	// Content is what is in it; with "" the ID is that as well.
	Content string
	// Unlisted: it can be inspected alone, as after a load that failed.
	Unlisted bool
	// Created is what the image says, Tagged when the engine got it.
	Created, Tagged time.Time
}

// json is an image's; created is a number in lists, and elsewhere a text.
func (i *Image) json(created any) m {
	return m{"Id": i.ID, "RepoTags": i.Tags, "Labels": i.Labels, "Size": i.Size, "Created": created, "Config": m{"Labels": i.Labels},
		"Os": "linux", "Architecture": "amd64", "RootFS": m{"Type": "layers", "Layers": []string{cmp.Or(i.Content, i.ID)}},
		"Metadata": m{"LastTagTime": i.Tagged}}
}

// inspected is an image's; a classic store says where its layers are.
func (e *Engine) inspected(i *Image) m {
	object := i.json(i.Created)
	if !e.Snapshotter {
		object["GraphDriver"] = m{"Name": "overlay2", "Data": m{"UpperDir": "/"}}
	}
	return object
}

// named: an image list's filters let it through by its name.
func (i *Image) named(query url.Values) bool {
	names := filters(query)["reference"]
	return !i.Unlisted && (len(names) == 0 || slices.ContainsFunc(i.Tags, func(tag string) bool {
		for name := range names {
			if is, _ := path.Match(name, tag); is {
				return true
			}
		}
		return false
	}))
}
