package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// bucket is one that MINIO_BUCKETS asks for.
type bucket struct {
	name      string
	versioned bool
}

// shortestUser is MinIO's rule: it refuses to start with less.
const shortestUser = 3

// parseBuckets reads MINIO_BUCKETS: NAME or NAME:versioned, separated by
// commas; empty parts count for nothing.
func parseBuckets(list string) ([]bucket, error) {
	var buckets []bucket
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		b, err := parseBucket(part)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(buckets, func(other bucket) bool { return other.name == b.name }) {
			return nil, fmt.Errorf("bucket %q is listed twice", b.name)
		}
		buckets = append(buckets, b)
	}
	return buckets, nil
}

func parseBucket(part string) (bucket, error) {
	name, option, given := strings.Cut(part, ":")
	if err := s3utils.CheckValidBucketNameStrict(name); err != nil {
		return bucket{}, fmt.Errorf("bucket %q: %w", name, err)
	}
	if given && option != "versioned" {
		return bucket{}, fmt.Errorf("bucket %q: the option %q is not known, %s:versioned is", name, option, name)
	}
	return bucket{name, given}, nil
}

func validate(config sdk.Config) []sdk.Diagnostic {
	var found []sdk.Diagnostic
	if _, err := parseBuckets(config["MINIO_BUCKETS"]); err != nil {
		found = append(found, badBuckets(err))
	}
	if len(config["MINIO_ROOT_USER"]) < shortestUser {
		found = append(found, sdk.Diagnostic{Code: "MINIO_USER_TOO_SHORT", Summary: "MinIO does not start with a user of less than 3 characters", Path: "MINIO_ROOT_USER", Hint: "give MINIO_ROOT_USER at least 3 characters"})
	}
	return found
}

func badBuckets(err error) sdk.Diagnostic {
	return sdk.Diagnostic{Code: "MINIO_BUCKETS_INVALID", Summary: err.Error(), Path: "MINIO_BUCKETS", Hint: "MINIO_BUCKETS=uploads,archive:versioned with 3 to 63 small letters, digits, dots and hyphens a name"}
}

// emitter hears what became of things; *sdk.Run is one.
type emitter interface {
	Created(kind, name string)
	Existed(kind, name string)
	Updated(kind, name string)
}

func createListed(ctx context.Context, run *sdk.Run) error {
	buckets, err := parseBuckets(run.Config("MINIO_BUCKETS"))
	if err != nil {
		return badBuckets(err)
	}
	client, err := connect(run, tries)
	if err != nil {
		return err
	}
	return explain(createBuckets(ctx, client, buckets, run, run.DryRun))
}

func createBuckets(ctx context.Context, client *minio.Client, buckets []bucket, told emitter, dry bool) error {
	for _, b := range buckets {
		if err := createBucket(ctx, client, b, told, dry); err != nil {
			return fmt.Errorf("create bucket %q: %w", b.name, err)
		}
	}
	return nil
}

// createBucket tells created for a new bucket, updated for one that was not
// versioned before. A bucket that no longer asks for versions keeps them.
func createBucket(ctx context.Context, client *minio.Client, b bucket, told emitter, dry bool) error {
	exists, err := client.BucketExists(ctx, b.name)
	if err != nil {
		return err
	}
	if !exists && !dry {
		if exists, err = makeBucket(ctx, client, b.name); err != nil {
			return err
		}
	} else if !exists {
		told.Created("bucket", b.name)
		return nil
	}
	changed, err := version(ctx, client, b, dry)
	switch {
	case err != nil:
		return err
	case !exists:
		told.Created("bucket", b.name)
	case changed:
		told.Updated("bucket", b.name)
	default:
		told.Existed("bucket", b.name)
	}
	return nil
}

// makeBucket says whether another had made the bucket meanwhile.
func makeBucket(ctx context.Context, client *minio.Client, name string) (existed bool, err error) {
	err = client.MakeBucket(ctx, name, minio.MakeBucketOptions{})
	if code := minio.ToErrorResponse(err).Code; code == minio.BucketAlreadyOwnedByYou {
		return true, nil
	}
	return false, err
}

func version(ctx context.Context, client *minio.Client, b bucket, dry bool) (changed bool, err error) {
	if !b.versioned {
		return false, nil
	}
	if enabled, err := isVersioned(ctx, client, b.name); err != nil || enabled || dry {
		return !enabled, err
	}
	return true, client.EnableVersioning(ctx, b.name)
}

func isVersioned(ctx context.Context, client *minio.Client, name string) (bool, error) {
	is, err := client.GetBucketVersioning(ctx, name)
	return is.Enabled(), err
}
