package build

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/image"
)

// Judge says of the builds of the services whether their images are there, and
// makes nothing.
func (b *Operation) Judge(ctx context.Context) ([]image.Verdict, error) {
	b.telling = true
	err := b.Look(ctx)
	return b.Verdicts, err
}
