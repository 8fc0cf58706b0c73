package ownership

import (
	"maps"

	"github.com/infinitescribe/spellbook/internal/state"
)

// Claim is what is remembered of one project on one engine, for what Compose's
// labels do not say: which machine a stack was brought up from, and whose the
// volumes are that no container uses. It lies outside of the checkout, so that
// cleaning does not forget whose data it is, and holds no values.
type Claim struct {
	Version int `json:"version"`
	// Root is the checkout that brought the stack up last, from this machine.
	Root string `json:"root,omitempty"`
	// Volumes are the checkouts whose the volumes are, by name: a volume has
	// no ID, and its time of creation changes with its content on some engines.
	Volumes map[string]string `json:"volumes,omitempty"`
}

// ReadClaim reads the claim at path. One that is absent or cannot be read is
// empty, which trusts nobody with anything.
func ReadClaim(path string) Claim {
	c, _ := state.ReadJSON[Claim](path, 1)
	return c
}

// Stack is c with the stack as root's.
func (c Claim) Stack(root string) Claim {
	c.Version, c.Root = 1, root
	return c
}

// Keep is c with these volumes as root's.
func (c Claim) Keep(root string, volumes ...string) Claim {
	c.Version, c.Volumes = 1, maps.Clone(c.Volumes)
	if c.Volumes == nil {
		c.Volumes = map[string]string{}
	}
	for _, name := range volumes {
		c.Volumes[name] = root
	}
	return c
}

// Forget is c without volumes, which are gone: a later one of that name is
// another.
func (c Claim) Forget(volumes ...string) Claim {
	c.Volumes = maps.Clone(c.Volumes)
	for _, name := range volumes {
		delete(c.Volumes, name)
	}
	return c
}

// Write replaces the claim at path whole or not at all.
func (c Claim) Write(path string) error { return state.WriteJSON(path, c) }
