package build

import (
	"bytes"
	"cmp"
	"context"
	"strings"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// Push has the Docker CLI push images, which has the user's credentials.
func (b *Operation) Push(ctx context.Context, refs []string, note func(engine.Note)) error {
	for _, ref := range refs {
		note(engine.Note{Text: "pushing " + ref})
		var out bytes.Buffer
		err := b.Exec(ctx, []string{"docker", "push", "--quiet", ref}, &out, &out)
		if err == nil || ctx.Err() != nil {
			if err != nil {
				return err
			}
			continue
		}
		return notPushed(ref, strings.TrimSpace(out.String()))
	}
	return nil
}

func notPushed(ref, reason string) error {
	registry, _, _ := strings.Cut(ref, "/")
	if i := strings.LastIndexByte(reason, '\n'); i >= 0 {
		reason = reason[i+1:]
	}
	return failure.New(failure.Preflight, "push image %q: %s", ref, cmp.Or(reason, "no reason given")).
		WithHint("is the registry reachable, and are you signed in? docker login %s", registry)
}
