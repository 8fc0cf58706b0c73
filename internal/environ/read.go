package environ

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Patience is how long a FIFO is waited for until somebody has written into it:
// a password manager may ask for a fingerprint first.
const Patience = 20 * time.Second

// mostRead bounds what is taken from a FIFO, in bytes.
const mostRead = 16 << 20

// ErrNoWriter says that nobody wrote into a FIFO. The remedy is to start what fills it.
var ErrNoWriter = errors.New("nobody writes into the FIFO")

// errNoFile is what an env file cannot be.
type errNoFile struct{ kind string }

func (e errNoFile) Error() string { return "it is " + e.kind + ", and no file" }

// ReadFile reads an env file. A FIFO, as password managers make them, is read once
// in the life of this process, whose contents are gone from it then, and for no
// longer than Patience. Sockets, devices and directories are refused unread.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch kind := kindOf(info); {
	case kind == "":
		return os.ReadFile(path)
	case IsPipe(path):
		return pipes.read(path, Patience)
	default:
		return nil, errNoFile{kind}
	}
}

// IsPipe reports whether the path is, or leads to, a FIFO.
func IsPipe(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&fs.ModeNamedPipe != 0
}

// kindOf is what else than a file it is; "" for a file, and for the null device.
func kindOf(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return ""
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(null, info) {
		return ""
	}
	return "a device"
}

// pipes is of the process, as what it has read from a FIFO is in no other place.
var pipes = pipeReader{texts: map[string]pipeText{}}

type pipeReader struct {
	mu    sync.Mutex
	texts map[string]pipeText // by the path that all links lead to
}

type pipeText struct {
	data []byte
	err  error
}

func (r *pipeReader) read(path string, patience time.Duration) ([]byte, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	text, known := r.texts[path]
	if !known {
		text.data, text.err = readPipe(path, patience)
		r.texts[path] = text
	}
	return text.data, text.err
}

// readPipe lets go of a FIFO without a writer by opening its other end.
func readPipe(path string, patience time.Duration) ([]byte, error) {
	deadline := time.Now().Add(patience) //nolint:forbidigo // a file's deadline is a time of the kernel's clock
	done := make(chan pipeText, 1)
	go func() {
		file, err := os.Open(path)
		if err != nil {
			done <- pipeText{err: err}
			return
		}
		defer func() { _ = file.Close() }()
		_ = file.SetReadDeadline(deadline)
		data, err := io.ReadAll(io.LimitReader(file, mostRead+1))
		done <- pipeText{data, err}
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	var text pipeText
	select {
	case text = <-done:
	case <-timer.C:
		if other, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			_ = other.Close()
		}
		text.err = os.ErrDeadlineExceeded
	}
	switch {
	case errors.Is(text.err, os.ErrDeadlineExceeded):
		return nil, fmt.Errorf("%w within %s", ErrNoWriter, patience)
	case len(text.data) > mostRead:
		return nil, errors.New("what comes from the FIFO has no end")
	}
	return text.data, text.err
}

// Unreadable is the failure of an env file that ReadFile could not read; file is
// the path as messages show it.
func Unreadable(file string, err error) error {
	if e := (*failure.Error)(nil); errors.As(err, &e) {
		return e
	}
	f := failure.New(failure.Preflight, "read %s: %w", file, err)
	switch {
	case errors.Is(err, ErrNoWriter):
		return f.WithHint("start the program that fills it (a password manager, unlocked), and try again")
	case errors.As(err, new(errNoFile)):
		return f.WithHint("move it out of the way: mv %s %s.away", file, file)
	case errors.Is(err, fs.ErrNotExist):
		return f.WithHint("bring the file back that it leads to, or remove the link: rm %s", file)
	}
	return f.WithHint("check the rights of %s", file)
}

// Writable refuses to change the file of an environment that is none of its own:
// what fills a FIFO has the values, and a link may lead nowhere.
func Writable(dirs Dirs, name string) error {
	path := dirs.File(name)
	info, err := os.Stat(path)
	switch {
	case err != nil && exists(path):
		return Unreadable(dirs.Short(path), err)
	case err != nil || kindOf(info) == "":
		return nil
	case info.Mode()&fs.ModeNamedPipe != 0:
		return failure.New(failure.Preflight, "%s is a FIFO: what fills it has the values, and is not replaced", dirs.Short(path)).
			WithHint("change it there (in the password manager), or name another environment: -env=NAME")
	}
	return Unreadable(dirs.Short(path), errNoFile{kindOf(info)})
}
