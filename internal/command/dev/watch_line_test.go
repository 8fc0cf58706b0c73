package dev

import (
	"bytes"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
)

func TestALineIsToldPieceByPieceOnATerminalAndWholeElsewhere(t *testing.T) {
	at := time.Date(2026, 5, 4, 12, 4, 5, 0, time.UTC)
	for live, between := range map[bool]string{true: "12:04:05 api  main.go changed → built 3.1s", false: ""} {
		var out bytes.Buffer
		d := &watcher{w: &app.Run{Out: &out, OutTerminal: live, Now: func() time.Time { return at }}}
		s := d.line("api", "main.go changed", true)
		s.add("built 3.1s")
		if out.String() != between {
			t.Errorf("live %v: told %q, want %q", live, out.String(), between)
		}
		s.add("ready 1.2s")
		s.end()
		if want := "12:04:05 api  main.go changed → built 3.1s → ready 1.2s\n"; out.String() != want {
			t.Errorf("live %v: told %q, want %q", live, out.String(), want)
		}
	}
}
