package kit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// asListed: the file is there, inside the directory, with its size and sha256.
func asListed(dir string, want *pluginv1.File) error {
	f, err := os.OpenInRoot(dir, want.GetPath())
	if err != nil {
		return fmt.Errorf("the backup lists %q: %w", want.GetPath(), err)
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return fmt.Errorf("read file %q: %w", want.GetPath(), err)
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != want.GetSha256() || n < 0 || uint64(n) != want.GetSize() {
		return fmt.Errorf("the backup lists %q with %d bytes and sha256 %s; it has %d and %s", want.GetPath(), want.GetSize(), want.GetSha256(), n, sum)
	}
	return nil
}
