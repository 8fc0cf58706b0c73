package cache

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// damaged is an object that is not what it was when it was kept: a disk that fails, or one
// that was full, or a machine that lost its power.
type damaged struct{ object string }

func (d damaged) Error() string {
	return "what was kept of it was damaged, and is thrown away: objects/" + d.object[:2] + "/" + d.object
}

// verify reads an object, and throws away one whose content is not that of its name: it
// would be kept for ever.
func (s store) verify(name string) error {
	from, err := os.Open(s.object(name))
	if errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	h := sha256.New()
	if err == nil {
		_, err = io.Copy(h, from)
		_ = from.Close()
	}
	if err == nil && hex.EncodeToString(h.Sum(nil)) == name {
		return nil
	}
	_ = os.Remove(s.object(name))
	return damaged{name}
}

// noted remembers what is damaged, to tell of it once a run.
func (c *Cache) noted(name string, err error) error {
	if errors.As(err, new(damaged)) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.spoilt, c.damaged = cmp.Or(c.spoilt, name), append(c.damaged, err)
	}
	return err
}

// tellDamaged is one warning of all that was damaged.
func (c *Cache) tellDamaged(told map[string][]string) {
	n := len(c.damaged)
	if n == 0 {
		return
	}
	warning := c.damaged[0].Error()
	if n > 1 {
		warning += fmt.Sprintf(" (and %d more)", n-1)
	}
	told[c.spoilt] = append(told[c.spoilt], warning)
}
