package observe

import (
	"encoding/json"
	"os"
	"time"

	"github.com/infinitescribe/spellbook/internal/dockerfile"
	"github.com/infinitescribe/spellbook/internal/state"
)

// rememberedBase is what a registry said of one reference and platform.
type rememberedBase struct {
	RegistryImage
	At time.Time `json:"at"`
	// Tried is when it gave no answer, and Why; zero where it has answered since.
	Tried time.Time `json:"tried,omitzero"`
	Why   string    `json:"why,omitempty"`
}

// digest is what was said as what is known of an image.
func (r rememberedBase) digest(ref BaseRef, source string) BaseDigest {
	b := BaseDigest{BaseRef: ref, Digest: r.Content, Source: source, At: r.At, Asked: r.At, said: r}
	if r.Told {
		b.Image = &dockerfile.Image{Env: r.Env, OnBuild: r.OnBuild}
	}
	return b
}

// unanswered is what is known while the registry gives no answer: what it said before, if
// it ever said anything.
func (r rememberedBase) unanswered(ref BaseRef, why error) BaseDigest {
	b := BaseDigest{BaseRef: ref, Err: why, said: r}
	if r.Content != "" {
		b = r.digest(ref, BaseRemembered)
		b.Unanswered = why
	}
	b.Asked = r.Tried
	return b
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

// remember keeps what registries said just now, or that they said nothing. The file is read again for it,
// as another run may have written meanwhile.
func (o BaseOptions) remember(found []BaseDigest) error {
	known, news := map[string]rememberedBase{}, false
	if o.File != "" {
		known = readBases(o.File)
	}
	for _, b := range found {
		last := known[o.key(b.BaseRef)]
		// A moment to come is of a clock that was wrong.
		newer := last.At.After(b.At) && !last.At.After(o.Now())
		same := last.At.Equal(b.At) && last.Content == b.Digest
		switch {
		case b.Source == BaseRegistry && !newer && !same:
			known[o.key(b.BaseRef)], news = b.said, true
		case (b.said.Tried.After(last.Tried) || last.Tried.After(o.Now())) && b.said.Tried.After(last.At):
			last.Tried, last.Why = b.said.Tried, b.said.Why
			known[o.key(b.BaseRef)], news = last, true
		}
	}
	if o.File == "" || o.Look || !news {
		return nil
	}
	return state.WriteJSON(o.File, known)
}
