package manifest

import (
	"errors"
	"io/fs"
	"path"
	"regexp"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/sbom"
)

// maxSize bounds what is read of a manifest, in bytes; the largest locks of
// real projects have a few million.
const maxSize = 64 << 20

// sources are the files around a manifest.
type sources struct {
	fsys fs.FS
	dir  string
}

// reader makes a manifest's packages of its text.
type reader func(text []byte, beside sources) (sbom.Manifest, error)

// text is a file beside the manifest; nil where there is none.
func (s sources) text(name string) ([]byte, error) {
	data, err := readFile(s.fsys, path.Join(s.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSize {
		return nil, errors.New("it is larger than 64 MB")
	}
	return fs.ReadFile(fsys, name)
}

// Read reads a manifest. prefix is put before its path in Origin, to say where
// the context lies. What is wrong in it is a failure.Preflight error.
func Read(fsys fs.FS, found Found, prefix string) (sbom.Manifest, error) {
	origin := path.Join(prefix, found.Path)
	text, err := readFile(fsys, found.Path)
	var m sbom.Manifest
	if err == nil {
		m, err = kinds[kindOf(found.Path)].read(text, sources{fsys, path.Dir(found.Path)})
	}
	if err != nil {
		return m, failure.New(failure.Preflight, "read %s: %w", origin, err).WithHint("correct %s", origin)
	}
	for i := range m.Packages {
		p := &m.Packages[i]
		p.Version, p.Wanted, p.Note = withoutUser(p.Version), withoutUser(p.Wanted), withoutUser(p.Note)
	}
	m.Ecosystem, m.Origin, m.Packages = found.Ecosystem, origin, sbom.Tidy(m.Packages)
	return m, nil
}

var user = regexp.MustCompile(`//[^/@]*@`)

// withoutUser takes the credentials out of a URL that something is fetched
// from, which may be secrets.
func withoutUser(text string) string { return user.ReplaceAllString(text, "//") }
