package buildcontext

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// layout begins every digest, so that another layout is another digest.
const layout = "spellbook build context 1\x00"

// Digest is sha256, in hex, over paths, types, modes and sums. Times, owners,
// and the ignore file by which the tree came about do not count.
func (t Tree) Digest() string {
	h := sha256.New()
	line := append(make([]byte, 0, 1024), layout...)
	for i := range t.Files {
		f := &t.Files[i]
		// No path, mode or sum holds a NUL, so no two trees give one text.
		line = append(append(line, f.Path...), 0)
		line = append(strconv.AppendUint(line, uint64(f.Mode), 8), 0)
		line = append(append(line, f.Sum...), 0)
		h.Write(line)
		line = line[:0]
	}
	h.Write(line)
	return hex.EncodeToString(h.Sum(nil))
}
