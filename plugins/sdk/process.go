package sdk

import (
	"io"
	"log"
	"log/slog"
	"os"
	"sync"
)

// process is the plugin's own: what main has and no function is given.
type process struct {
	args           []string
	stdout, stderr *os.File
	getenv         func(string) string
	exit           func(int)
}

func ownProcess() process {
	return process{os.Args, os.Stdout, os.Stderr, os.Getenv, os.Exit} //nolint:forbidigo // Serve is a program's main
}

// logTo makes slog and log of this process write lines that keep their level.
func (p process) logTo(logger *slog.Logger) {
	slog.SetDefault(logger)
	log.SetFlags(0) // the line has its time already
}

// redirect gives what the author prints to stderr, where the host logs it.
// go-plugin points os.Stdout and os.Stderr at a stream that nobody reads, just
// before it serves; so this is done at the first call.
func (p process) redirect() func() {
	return sync.OnceFunc(func() {
		os.Stdout, os.Stderr = p.stderr, p.stderr //nolint:forbidigo // so that stray prints are seen, and have no meaning
	})
}

// explain says to a person what the file is.
func (p process) explain(w io.Writer, name string) {
	_, _ = io.WriteString(w, name+" is a plugin of Spellbook: enable it with `mage plugin:enable "+name+"`; `"+p.args[0]+" describe` prints its manifest\n")
}
