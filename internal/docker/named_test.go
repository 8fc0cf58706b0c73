package docker_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/infinitescribe/spellbook/internal/docker"
)

func TestAnErrorCallsAThingByItsNameAndStaysWhatItIs(t *testing.T) {
	t.Parallel()
	gone := fmt.Errorf("read log of %q: no such container: %s: %w", "0a1b", "0a1b", fs.ErrNotExist)
	err := docker.Named(gone, "0a1b", "demo-api-1")
	if got, want := err.Error(), `read log of "demo-api-1": no such container: demo-api-1: file does not exist`; got != want || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %q", got)
	}
	for _, same := range []error{docker.Named(gone, "", "demo-api-1"), docker.Named(gone, "0a1b", ""), docker.Named(gone, "2c3d", "demo-api-1")} {
		if !errors.Is(same, gone) || same.Error() != gone.Error() {
			t.Errorf("got %q", same)
		}
	}
	if docker.Named(nil, "0a1b", "demo-api-1") != nil {
		t.Error("no error has become one")
	}
}
