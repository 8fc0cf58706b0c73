package plan

// RemoveNetwork removes a network by its ID; the name, which another one may
// have as well, is for people.
type RemoveNetwork struct{ ID, Name string }

// RemoveVolumes removes volumes by name: data is lost.
type RemoveVolumes struct{ Names []string }

// RemoveImages removes images by reference or ID.
type RemoveImages struct{ Refs []string }

// RemovePaths removes files and directories below the repository.
type RemovePaths struct{ Paths []string }

// things are what a step without a service is told by: one by its name, so that
// several steps are told apart, more by their kind.
func things(kind string, names []string) Object {
	if len(names) == 1 {
		return Object{Noun: kind + " " + names[0]}
	}
	return Object{Noun: kind + "s", Names: names}
}

var removed = Verb{Doing: "removing", Done: "removed"}

// Describe has nothing to add to the step's name.
func (RemoveNetwork) Describe() string { return "" }

// Kind is remove_networks.
func (RemoveNetwork) Kind() string { return "remove_networks" }

// Verb is to remove.
func (RemoveNetwork) Verb() Verb { return removed }

// Lane is the ordinary one.
func (RemoveNetwork) Lane() Lane { return LaneWork }

// Object is the network.
func (a RemoveNetwork) Object() Object { return things("network", []string{a.Name}) }

// Phase is one for all networks.
func (RemoveNetwork) Phase(string) string { return "remove networks" }

// Describe warns.
func (RemoveVolumes) Describe() string { return "data is lost" }

// Kind is remove_volumes.
func (RemoveVolumes) Kind() string { return "remove_volumes" }

// Verb is to remove.
func (RemoveVolumes) Verb() Verb { return removed }

// Lane is the ordinary one.
func (RemoveVolumes) Lane() Lane { return LaneWork }

// Object is the volumes.
func (a RemoveVolumes) Object() Object { return things("volume", a.Names) }

// Phase is one for all volumes.
func (RemoveVolumes) Phase(string) string { return "remove volumes" }

// Describe has nothing to add to the step's name.
func (RemoveImages) Describe() string { return "" }

// Kind is remove_images.
func (RemoveImages) Kind() string { return "remove_images" }

// Verb is to remove.
func (RemoveImages) Verb() Verb { return removed }

// Lane is the ordinary one.
func (RemoveImages) Lane() Lane { return LaneWork }

// Object is the images.
func (a RemoveImages) Object() Object { return things("image", a.Refs) }

// Phase is one for all images.
func (RemoveImages) Phase(string) string { return "remove images" }

// Describe has nothing to add to the step's name.
func (RemovePaths) Describe() string { return "" }

// Kind is remove_paths.
func (RemovePaths) Kind() string { return "remove_paths" }

// Verb is to remove.
func (RemovePaths) Verb() Verb { return removed }

// Lane is the ordinary one.
func (RemovePaths) Lane() Lane { return LaneWork }

// Object is the files.
func (a RemovePaths) Object() Object { return Object{Noun: "files", Names: a.Paths} }

// Phase is one for all files.
func (RemovePaths) Phase(string) string { return "remove files" }
