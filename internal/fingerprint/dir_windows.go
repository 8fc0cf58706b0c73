package fingerprint

import "os"

// Dir is an open directory, for one goroutine at a time.
type Dir struct{ *os.File }

// OpenDir opens a directory.
func OpenDir(path string) (*Dir, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &Dir{f}, nil
}

// Names are those of all that is in it, in the file system's order.
func (d *Dir) Names() ([]string, error) { return d.Readdirnames(-1) }

// At is lstat for a name in it.
func (d *Dir) At(name string) (Status, error) { return At(d.File, name) }
