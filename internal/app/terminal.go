package app

import (
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// TTY is the one that a person sits at.
type TTY struct{ in, out *os.File }

// Terminal is there when input and output both are one.
func (w *Run) Terminal() (TTY, bool) {
	in, inOK := w.In.(*os.File)
	out, outOK := w.Out.(*os.File)
	return TTY{in, out}, inOK && outOK && w.InTerminal && w.OutTerminal
}

// Size is that of now; zeros where it is unknown.
func (t TTY) Size() docker.Size {
	width, height, err := term.GetSize(int(t.out.Fd()))
	if err != nil {
		return docker.Size{}
	}
	return docker.Size{Width: width, Height: height}
}

// Raw hands every key on as it is, until restore, and tells each new size.
func (t TTY) Raw() (sizes <-chan docker.Size, restore func(), err error) {
	former, err := term.MakeRaw(int(t.in.Fd()))
	if err != nil {
		return nil, nil, fmt.Errorf("prepare terminal: %w", err)
	}
	changes, stop := resized()
	told := make(chan docker.Size)
	done := make(chan struct{})
	go t.tell(told, changes, done)
	return told, func() {
		close(done)
		stop()
		_ = term.Restore(int(t.in.Fd()), former)
	}, nil
}

func (t TTY) tell(to chan<- docker.Size, changes <-chan os.Signal, done <-chan struct{}) {
	for {
		select {
		case <-changes:
		case <-done:
			return
		}
		select {
		case to <- t.Size():
		case <-done:
			return
		}
	}
}
