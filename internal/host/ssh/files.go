package ssh

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/pkg/sftp"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Files is the server's file system over SFTP, for whom we signed in as. A path
// without a leading slash begins in the home directory. It ends with the
// connection. Its errors are not those of package os: what exists already is no
// fs.ErrExist.
func (s *Server) Files(ctx context.Context) (*sftp.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files != nil {
		return s.files, nil
	}
	cmd, free, err := s.session(ctx, "sftp")
	if err != nil {
		return nil, err
	}
	cmd.Args = append([]string{cmd.Args[0], "-s"}, cmd.Args[1:]...)
	c, err := start(cmd, sharedEntry, func() {})
	if err != nil {
		free()
		return nil, err
	}
	c.free = free
	client, err := sftp.NewClientPipe(c, c, sftp.UseConcurrentReads(true))
	if err != nil {
		_ = c.Close()
		return nil, failure.New(failure.Preflight, "no SFTP to %s: %w", s.Destination, err).
			WithHint("its sshd_config needs: Subsystem sftp internal-sftp")
	}
	s.files = client
	return client, nil
}

// WriteFile makes or replaces a file with data, whole or not at all: it is written
// beside its place, under another name, for nobody else to read, and renamed.
// Directories that are missing are made with mode 0700.
func (s *Server) WriteFile(ctx context.Context, name string, data []byte, mode fs.FileMode) error {
	files, err := s.Files(ctx)
	if err != nil {
		return err
	}
	if err := makeDirs(files, path.Dir(name)); err != nil {
		return fmt.Errorf("write %s on %s: %w", name, s.Destination, err)
	}
	temporary := path.Join(path.Dir(name), "."+path.Base(name)+"."+rand.Text()[:8])
	if err = write(files, temporary, data, mode); err == nil {
		err = files.PosixRename(temporary, name)
	}
	if err != nil {
		_ = files.Remove(temporary)
		return fmt.Errorf("write %s on %s: %w", name, s.Destination, err)
	}
	return nil
}

func write(files *sftp.Client, name string, data []byte, mode fs.FileMode) error {
	f, err := files.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY)
	if err != nil {
		return err
	}
	err = f.Chmod(0o600) // before there is anything to read
	if err == nil {
		_, err = f.ReadFrom(bytes.NewReader(data))
	}
	if err == nil && mode != 0o600 {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func makeDirs(files *sftp.Client, dir string) error {
	if info, err := files.Stat(dir); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is no directory", dir)
		}
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeDirs(files, path.Dir(dir)); err != nil {
		return err
	}
	if err := files.Mkdir(dir); err != nil {
		if _, other := files.Stat(dir); other != nil { // nobody else has made it
			return err
		}
		return nil
	}
	return files.Chmod(dir, 0o700)
}

// ReadFile is a file's content; fs.ErrNotExist where it is missing.
func (s *Server) ReadFile(ctx context.Context, name string) ([]byte, error) {
	files, err := s.Files(ctx)
	if err != nil {
		return nil, err
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s on %s: %w", name, s.Destination, err)
	}
	defer func() { _ = f.Close() }()
	var data bytes.Buffer
	if _, err := f.WriteTo(&data); err != nil {
		return nil, fmt.Errorf("read %s on %s: %w", name, s.Destination, err)
	}
	return data.Bytes(), nil
}
