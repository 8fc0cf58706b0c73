//go:build !linux && !darwin && !windows

package environ

// renameNew renames, but never over another file: then it is fs.ErrExist.
func renameNew(from, to string) error { return linkNew(from, to) }
