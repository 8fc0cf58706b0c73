package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/minio/minio-go/v7"
	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// broken is the code of a backup that is not what was written.
const broken = "MINIO_BACKUP_BROKEN"

func restore(ctx context.Context, run *sdk.Run, dir string) error {
	client, err := connect(run, tries)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open the backup's directory: %w", err)
	}
	defer root.Close() //nolint:errcheck // only read
	return explain((&restorer{client: client, root: root, told: run, progress: run.Progress, dry: run.DryRun}).restore(ctx))
}

// restorer is a restore at work.
type restorer struct {
	client   *minio.Client
	root     *os.Root
	told     emitter
	progress func(text string, done, total uint64)
	dry      bool
}

// restore checks the whole backup before it changes anything. What is in MinIO
// and not in the backup stays.
func (r *restorer) restore(ctx context.Context) error {
	x, err := r.check(ctx)
	if err != nil {
		return sdk.Diagnostic{Code: broken, Summary: fmt.Sprintf("the backup is not whole: %v", err), Hint: "take another backup; nothing was changed"}
	}
	for _, b := range x.buckets {
		if err := createBucket(ctx, r.client, bucket{b.Name, b.Versioned}, r.told, r.dry); err != nil {
			return fmt.Errorf("create bucket %q: %w", b.Name, err)
		}
	}
	var done atomic.Uint64
	return each(ctx, x.objects, func(ctx context.Context, o objectRecord) error {
		if err := r.restoreObject(ctx, o); err != nil {
			return fmt.Errorf("restore %q: %w", o.Bucket+"/"+o.Key, err)
		}
		r.progress("restored "+shown(o.Bucket+"/"+o.Key), done.Add(1), uint64(len(x.objects)))
		return nil
	})
}

func (r *restorer) restoreObject(ctx context.Context, o objectRecord) error {
	name := o.Bucket + "/" + o.Key
	exists, equal, err := r.compare(ctx, o)
	if err != nil {
		return err
	}
	if equal {
		r.told.Existed("object", name)
		return nil
	}
	if !r.dry {
		if err := r.put(ctx, o); err != nil {
			return err
		}
	}
	if exists {
		r.told.Updated("object", name)
	} else {
		r.told.Created("object", name)
	}
	return nil
}

// compare looks at what is in MinIO by the same name: what it says of itself,
// and its content by the checksum, by reading it where the ETag is none.
func (r *restorer) compare(ctx context.Context, o objectRecord) (exists, equal bool, err error) {
	object, err := r.client.GetObject(ctx, o.Bucket, o.Key, minio.GetObjectOptions{})
	if err != nil {
		return false, false, err
	}
	defer object.Close() //nolint:errcheck // only read
	info, err := object.Stat()
	switch minio.ToErrorResponse(err).Code {
	case minio.NoSuchKey, minio.NoSuchBucket: // the bucket is missing in a dry run only
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	there := recordOf(o.Bucket, o.Key, info)
	if info.UserTagCount > 0 {
		if there.Tags, err = tagsOf(ctx, r.client, o.Bucket, o.Key); err != nil {
			return true, false, err
		}
	}
	if there.Size != o.Size || !maps.Equal(there.Headers, o.Headers) || !maps.Equal(there.Metadata, o.Metadata) || !maps.Equal(there.Tags, o.Tags) {
		return true, false, nil
	}
	if plainETag.MatchString(o.ETag) && plainETag.MatchString(there.ETag) {
		return true, there.ETag == o.ETag, nil
	}
	sum, _, err := sumOf(object)
	return true, sum == o.SHA256, err
}

func (r *restorer) put(ctx context.Context, o objectRecord) error {
	file, err := r.root.Open(contentPath(o.SHA256))
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	options := minio.PutObjectOptions{
		UserMetadata: o.Metadata, UserTags: o.Tags,
		ContentType: o.Headers["Content-Type"], ContentEncoding: o.Headers["Content-Encoding"],
		ContentDisposition: o.Headers["Content-Disposition"], ContentLanguage: o.Headers["Content-Language"],
		CacheControl: o.Headers["Cache-Control"],
	}
	if expires, err := http.ParseTime(o.Headers["Expires"]); err == nil {
		options.Expires = expires
	}
	_, err = r.client.PutObject(ctx, o.Bucket, o.Key, file, o.Size, options)
	return err
}

func each[T any](ctx context.Context, list []T, do func(context.Context, T) error) error {
	work := pool.New().WithContext(ctx).WithMaxGoroutines(atOnce).WithCancelOnError().WithFirstError()
	for _, item := range list {
		work.Go(func(ctx context.Context) error { return do(ctx, item) })
	}
	return work.Wait()
}
