package observe

import (
	"encoding/json"
	"os"
	"time"

	"github.com/infinitescribe/spellbook/internal/state"
)

// rememberedBase is what a registry said of one reference.
type rememberedBase struct {
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
}

// readBases reads what registries said; a file that is absent or damaged says
// nothing, because it can be asked again.
func readBases(path string) map[string]rememberedBase {
	known := map[string]rememberedBase{}
	if path == "" {
		return known
	}
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &known) != nil || known == nil {
		return map[string]rememberedBase{}
	}
	return known
}

// remember keeps what registries said just now. The file is read again for it,
// as another run may have written meanwhile.
func (o BaseOptions) remember(found []BaseDigest) error {
	known, news := map[string]rememberedBase{}, false
	if o.File != "" {
		known = readBases(o.File)
	}
	for _, b := range found {
		last := known[b.Ref]
		// A moment to come is of a clock that was wrong.
		newer := last.At.After(b.At) && !last.At.After(o.Now())
		same := last.At.Equal(b.At) && last.Digest == b.Digest
		if b.Source == BaseRegistry && !newer && !same {
			known[b.Ref], news = rememberedBase{Digest: b.Digest, At: b.At}, true
		}
	}
	if o.File == "" || o.Look || !news {
		return nil
	}
	return state.WriteJSON(o.File, known)
}
