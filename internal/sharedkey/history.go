package sharedkey

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
)

// head begins a record; a sha256 of the rest follows, the identity of the lock
// file (two numbers of 8 bytes) and the pairs. Numbers are big-endian.
const head = "spellbook shared key 1\n"

// slack is how many contents a history may hold beyond twice those that are
// sent now, before a new key is cheaper.
const slack = 4096

// history is all that was sent under a key: for what BuildKit takes for the same
// (a path with a size and an mtime; a directory's path), what it was.
type history struct {
	of    identity
	pairs map[look]fact
	grown bool
}

type (
	look [16]byte // of a sha256
	fact [16]byte // of a sha256
)

// digest is the history of what is sent, with nothing before it. Links and
// devices are not in it, as BuildKit compares all that they are.
func digest(sent Sent) history {
	h := history{pairs: map[look]fact{}}
	for purpose, files := range sent {
		for _, f := range files {
			if one, is, ok := pair(purpose, f); ok {
				h.pairs[one] = is
			}
		}
	}
	return h
}

func pair(purpose string, f buildcontext.File) (look, fact, bool) {
	switch {
	case f.Mode.IsDir():
		return hash("dir %q %q", purpose, f.Path), hash("%o", uint32(f.Mode)), true
	case f.Mode.IsRegular():
		return hash("file %q %q %d %d", purpose, f.Path, f.Size, f.ModTime), hash("%s", f.Sum), true
	}
	return look{}, fact{}, false
}

func hash(format string, args ...any) (short [16]byte) {
	sum := sha256.Sum256(fmt.Appendf(nil, format, args...))
	copy(short[:], sum[:])
	return short
}

// add takes in what is to be sent; false says that something of it contradicts
// what was sent before, or that the history has become too long.
func (h *history) add(news history) bool {
	for one, is := range news.pairs {
		if was, known := h.pairs[one]; known && was != is {
			return false
		}
	}
	for one, is := range news.pairs {
		if _, known := h.pairs[one]; !known {
			h.pairs[one], h.grown = is, true
		}
	}
	return len(h.pairs) <= 2*len(news.pairs)+slack
}

func (h history) bytes() []byte {
	body := make([]byte, 0, 16+32*len(h.pairs))
	body = binary.BigEndian.AppendUint64(body, h.of.inode)
	body = binary.BigEndian.AppendUint64(body, uint64(h.of.changed))
	for one, is := range h.pairs {
		body = append(append(body, one[:]...), is[:]...)
	}
	sum := sha256.Sum256(body)
	return append(append([]byte(head), sum[:]...), body...)
}

// parse reads a record; false for one that is damaged or another version's.
func parse(data []byte) (history, bool) {
	rest, ok := bytes.CutPrefix(data, []byte(head))
	if !ok || len(rest) < 48 || (len(rest)-48)%32 != 0 {
		return history{}, false
	}
	body := rest[32:]
	if sha256.Sum256(body) != [32]byte(rest[:32]) {
		return history{}, false
	}
	h := history{pairs: make(map[look]fact, len(body)/32)}
	h.of = identity{inode: binary.BigEndian.Uint64(body), changed: int64(binary.BigEndian.Uint64(body[8:]))}
	for body = body[16:]; len(body) > 0; body = body[32:] {
		h.pairs[look(body[:16])] = fact(body[16:32])
	}
	return h, true
}
