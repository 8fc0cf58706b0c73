package kit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// backupRestore: what was restored is backed up as the same files. From the
// restore on the first backup may be all that is left of the data: it stays
// where anything fails, whatever becomes of the process.
func backupRestore(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (detail string, err error) {
		dir, err := s.backupDirectory()
		if err != nil {
			return "", err
		}
		defer func() {
			if err == nil || s.kept == "" {
				s.kept = ""
				_ = os.RemoveAll(dir)
			}
		}()
		first, err := s.backup(ctx, p, dir)
		if err != nil {
			return "", err
		}
		if told := s.options.BackedUp; told != nil {
			if err := told(dir, first); err != nil {
				return "", err
			}
		}
		s.kept = dir
		stream, err := p.rpc.Restore(ctx, &pluginv1.RestoreRequest{Run: s.live(ctx), Directory: dir})
		if err := ended(s, stream, err); err != nil {
			return "", fmt.Errorf("restore: %w", err)
		}
		second, err := s.again(ctx, p)
		if err != nil {
			return "", fmt.Errorf("after the restore: %w", err)
		}
		if !slices.EqualFunc(first, second, func(a, b *pluginv1.File) bool { return proto.Equal(a, b) }) {
			return "", fmt.Errorf("after the restore another backup has other files: %v, then %v", first, second)
		}
		return fmt.Sprintf("%d files", len(first)), nil
	})
}

// again makes another backup, for its list alone.
func (s *session) again(ctx context.Context, p *process) ([]*pluginv1.File, error) {
	dir, err := s.backupDirectory()
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return s.backup(ctx, p, dir)
}

// backupDirectory is a new one, which does not end with a process.
func (s *session) backupDirectory() (string, error) {
	parent, err := filepath.Abs(cmp.Or(s.options.Backups, os.TempDir()))
	if err == nil {
		err = os.MkdirAll(parent, 0o700)
	}
	if err != nil {
		return "", fmt.Errorf("make directory for backup: %w", err)
	}
	dir, err := os.MkdirTemp(parent, "backup-")
	if err != nil {
		return "", fmt.Errorf("make directory for backup: %w", err)
	}
	return dir, nil
}

// backup fills dir and lists the files, which are those that are there.
func (s *session) backup(ctx context.Context, p *process, dir string) ([]*pluginv1.File, error) {
	stream, err := p.rpc.Backup(ctx, &pluginv1.BackupRequest{Run: s.live(ctx), Directory: dir})
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	_, result, err := read(s, stream)
	switch {
	case err != nil:
		return nil, fmt.Errorf("backup: %w", err)
	case result.GetExitCode() != 0:
		return nil, fmt.Errorf("backup: %w", failure{result})
	case len(result.GetFiles()) == 0:
		return nil, errors.New("the backup lists no files")
	}
	for _, f := range result.GetFiles() {
		if err := asListed(dir, f); err != nil {
			return nil, err
		}
	}
	files := result.GetFiles()
	if err := listsAll(dir, files); err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b *pluginv1.File) int { return cmp.Compare(a.GetPath(), b.GetPath()) })
	return files, nil
}
