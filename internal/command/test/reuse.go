package test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/internal/snapshot"
)

// made is what a stack was made from: the files' part as it is before it is brought up, and
// the images' IDs, which a build or a pull changes on the way.
type made struct {
	files string // "" where it cannot be known
	refs  []string
}

// with is a digest of it; "" is no other's, nor its own.
func (m made) with(images map[string]docker.ImageConfig) string {
	if m.files == "" {
		return ""
	}
	sum := sha256.New()
	_, _ = fmt.Fprintln(sum, m.files)
	for _, ref := range m.refs {
		_, _ = fmt.Fprintln(sum, ref, images[ref].ID)
	}
	return hex.EncodeToString(sum.Sum(nil)[:10])
}

// same removes a stack that was made from something else than it would be now.
func (t *starting) same(ctx context.Context) error {
	images, err := t.images(ctx)
	if err != nil {
		return err
	}
	if t.made, err = t.madeOf(images); err != nil {
		return err
	}
	digest := t.made.with(images)
	t.taken = t.known && digest != "" && t.record.Digest == digest
	if t.known && !t.taken {
		if users := t.place.Users(t.run.Now()); len(users) > 1 {
			return failure.New(failure.Locked, "the stack %s is not what it would be now, and is in use", t.Name).WithHint("wait for the end of that, or leave -reuse out")
		}
		t.run.Tell("the stack %s was made from something else than is there now: it is made anew", t.Name)
		if _, err := removeFromEngine(ctx, t.run, t.place, t.record); err != nil {
			return err
		}
	}
	return t.note(ctx, func(r *sandbox.Record) { r.Digest = digest })
}

// madeOf sums the model, and the content of all that its services are given.
func (t *starting) madeOf(images map[string]docker.ImageConfig) (made, error) {
	files, refs, err := snapshot.MadeOf(t.session.Project, images)
	if err != nil { // too much, or not for us to read
		t.run.Tell("note: -reuse makes the stack anew each time: %s", err)
		return made{}, nil
	}
	model, err := t.session.Project.Digests()
	if err != nil {
		return made{}, err
	}
	text, err := json.Marshal(model)
	return made{files: string(text) + files, refs: refs}, err
}

// errRebuilt is a stack that was taken as it was, and has got another image meanwhile.
var errRebuilt = errors.New("an image has changed again while the stack was brought up")

// settled notes which images the stack has come to, for the next run. One that was there
// with others has data of theirs.
func (t *starting) settled(ctx context.Context) error {
	if !t.options.Same {
		return nil
	}
	images, err := t.images(ctx)
	if err != nil {
		return err
	}
	digest := t.made.with(images)
	if t.taken && digest != t.record.Digest {
		t.anew = "an image has changed meanwhile: once more"
		return errRebuilt
	}
	return t.note(ctx, func(r *sandbox.Record) { r.Digest = digest })
}
