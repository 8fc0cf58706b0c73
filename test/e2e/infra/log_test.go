package infra_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// A terminal's log comes without the frames of another: it is told all the same, and where
// the driver keeps none, that is said.
func TestTheLogOfWhatCrashedIsToldWhateverItIsKeptIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ with, says, not string }{
		"frames":            {"", "the disk is gone", "its log is empty"},
		"a terminal":        {"tty: true", "│ the disk is gone\n", "its log is empty"},
		"a driver of none":  {"logging: {driver: none}", `its logging driver "none" keeps no log`, "its log is empty"},
		"a terminal, local": {"tty: true\n    logging: {driver: local}", "│ the disk is gone\n", "its log is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, `
  db:
    image: lab/base:bookworm
    command: [sh, -c, "echo the disk is gone; exit 3"]
    restart: unless-stopped
    `+c.with+`
`)
			s.Up(infra.UpOptions{}).Want(t, failure.NotReady).Says(t, c.says).SaysNot(t, c.not)
		})
	}
}
