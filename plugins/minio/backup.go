package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/minio/minio-go/v7"
	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

func backup(ctx context.Context, run *sdk.Run, dir string) error {
	client, err := connect(run, tries)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open the backup's directory: %w", err)
	}
	defer root.Close() //nolint:errcheck // every file in it is closed by itself
	return explain((&saver{client: client, root: root, progress: run.Progress}).save(ctx))
}

// saver is a backup in the making.
type saver struct {
	client   *minio.Client
	root     *os.Root
	progress func(text string, done, total uint64)

	mu    sync.Mutex
	index index
}

// save writes the index last: a backup without one was not finished.
func (s *saver) save(ctx context.Context) error {
	if err := s.root.MkdirAll(objectsName, 0o755); err != nil {
		return err
	}
	buckets, err := s.client.ListBuckets(ctx)
	if err != nil {
		return fmt.Errorf("list buckets: %w", err)
	}
	for _, b := range buckets {
		if err := s.saveBucket(ctx, b.Name); err != nil {
			return fmt.Errorf("back up bucket %q: %w", b.Name, err)
		}
	}
	slices.SortFunc(s.index.objects, func(a, b objectRecord) int {
		return strings.Compare(a.Bucket+"/"+a.Key, b.Bucket+"/"+b.Key)
	})
	return writeIndex(s.root, s.index)
}

func writeIndex(root *os.Root, x index) error {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(x.write(writer)) }()
	if err := save(root, partial+indexName, reader); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	return root.Rename(partial+indexName, indexName)
}

func (s *saver) saveBucket(ctx context.Context, name string) error {
	versioned, err := isVersioned(ctx, s.client, name)
	if err != nil {
		return err
	}
	s.index.buckets = append(s.index.buckets, bucketRecord{name, versioned})
	work := pool.New().WithContext(ctx).WithMaxGoroutines(atOnce).WithCancelOnError().WithFirstError()
	for o := range s.client.ListObjectsIter(ctx, name, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			return errors.Join(o.Err, work.Wait())
		}
		work.Go(func(ctx context.Context) error {
			if err := s.saveObject(ctx, name, o.Key); err != nil {
				return fmt.Errorf("object %q: %w", o.Key, err)
			}
			return nil
		})
	}
	return work.Wait()
}

// saveObject takes what the object is now, which may differ from the listing;
// one that is gone by now is not part of the backup.
func (s *saver) saveObject(ctx context.Context, bucket, key string) error {
	object, err := s.client.GetObject(ctx, bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	defer object.Close() //nolint:errcheck // only read
	info, err := object.Stat()
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return gone(key)
	}
	if err != nil {
		return err
	}
	record := recordOf(bucket, key, info)
	if info.UserTagCount > 0 {
		if record.Tags, err = tagsOf(ctx, s.client, bucket, key); err != nil {
			return err
		}
	}
	if record.SHA256, err = store(s.root, bucket+"/"+key, object); err != nil {
		return err
	}
	s.add(record)
	return nil
}

// gone is fine, unless it is the listing that is wrong: XML has no control
// characters, and servers that do not escape them name an object that is not
// there. A backup must not leave it out in silence.
func gone(key string) error {
	if strings.ContainsRune(key, utf8.RuneError) {
		return errors.New("the server cannot name it in a listing: rename or delete it first")
	}
	return nil
}

func (s *saver) add(record objectRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.index.objects = append(s.index.objects, record)
	s.progress("saved "+shown(record.Bucket+"/"+record.Key), uint64(len(s.index.objects)), 0)
}

// store writes content under its sha256 and returns that. Only one part of it
// is in memory at a time.
func store(root *os.Root, name string, content io.Reader) (string, error) {
	temporary := path.Join(objectsName, partial+hexSHA256([]byte(name)))
	sum := sha256.New()
	if err := save(root, temporary, io.TeeReader(content, sum)); err != nil {
		return "", err
	}
	hash := hex.EncodeToString(sum.Sum(nil))
	if err := root.Mkdir(path.Dir(contentPath(hash)), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return hash, root.Rename(temporary, contentPath(hash))
}

func contentPath(hash string) string { return path.Join(objectsName, hash[:2], hash) }

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
