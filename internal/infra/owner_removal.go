package infra

import (
	"fmt"
	"slices"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/ownership"
)

// Part takes from b what this checkout did not make: containers of others, the
// networks that these are on, running or not, and volumes. A line of others
// each says what it is and where it was made.
func (m Makers) Part(b Belongings, volume func(Leftover) ownership.Maker) (ours Belongings, others []string) {
	var foreign []observe.Container
	ours.Data = b.Data
	ours.State, foreign = m.Split(b.State)
	for _, c := range foreign {
		others = append(others, fmt.Sprintf("container %s (%s)", c.Name, m[c.ID]))
	}
	for _, n := range b.Networks {
		on := func(c observe.Container) bool { return slices.Contains(c.NetworkIDs, n.ID) }
		if i := slices.IndexFunc(foreign, on); i >= 0 {
			others = append(others, fmt.Sprintf("network %s (of container %s)", n.Name, foreign[i].Name))
			continue
		}
		ours.Networks = append(ours.Networks, n)
	}
	for _, v := range b.Volumes {
		if maker := volume(v); maker.Whose != ownership.Ours {
			others = append(others, fmt.Sprintf("volume %s with its data (%s)", v.Name, maker))
			continue
		}
		ours.Volumes = append(ours.Volumes, v)
	}
	return ours, others
}

// PartImages takes from a list those that no container of ours uses: an image
// has no label of the checkout that built it, so this is for a project whose
// name others have used as well.
func (m Makers) PartImages(list []Leftover) (ours []Leftover, others []string) {
	for _, image := range list {
		if slices.ContainsFunc(image.Users, m.ours) {
			ours = append(ours, image)
			continue
		}
		others = append(others, fmt.Sprintf("image %s (nothing says which checkout built it)", image.Name))
	}
	return ours, others
}
