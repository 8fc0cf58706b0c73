package docker

import "strings"

// Named is err with a name for people where the engine, or we, have the ID that
// it was asked by. It wraps err; an error without the ID is returned as it is.
func Named(err error, id, name string) error {
	if err == nil || id == "" || name == "" || !strings.Contains(err.Error(), id) {
		return err
	}
	return &named{err, strings.ReplaceAll(err.Error(), id, name)}
}

type named struct {
	error
	text string
}

func (n *named) Error() string { return n.text }

func (n *named) Unwrap() error { return n.error }
