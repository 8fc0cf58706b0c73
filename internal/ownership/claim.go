package ownership

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
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
	data, err := os.ReadFile(path)
	var c Claim
	if err != nil || json.Unmarshal(data, &c) != nil || c.Version != 1 {
		return Claim{}
	}
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
func (c Claim) Write(path string) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
