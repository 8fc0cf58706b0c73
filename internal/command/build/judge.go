package build

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/image"
)

// Keys are the names by service of images that have no other: see For.
func (b *Operation) Keys() map[string]string {
	keys := map[string]string{}
	for _, v := range b.Verdicts {
		for _, name := range v.Build.Services {
			if b.For != nil {
				keys[name] = v.Image
			}
		}
	}
	return keys
}

// Judge says of the builds of the services whether their images are there, and
// makes nothing.
func (b *Operation) Judge(ctx context.Context) ([]image.Verdict, error) {
	b.telling = true
	err := b.Look(ctx)
	return b.Verdicts, err
}
