package main

import (
	"context"
	"maps"
	"strings"

	"github.com/minio/minio-go/v7"
)

// kept are the headers of an object that belong to its content.
var kept = []string{"Content-Type", "Content-Encoding", "Content-Disposition", "Content-Language", "Cache-Control", "Expires"}

func recordOf(bucket, key string, info minio.ObjectInfo) objectRecord {
	record := objectRecord{
		Bucket: bucket, Key: key, Size: info.Size, ETag: info.ETag, Modified: info.LastModified.UTC(),
		Headers: map[string]string{}, Metadata: maps.Clone(info.UserMetadata),
	}
	for _, name := range kept {
		value := info.Headers.Get(name)
		if name == "Content-Encoding" {
			value = encodingOf(value)
		}
		if value != "" {
			record.Headers[name] = value
		}
	}
	return record
}

// encodingOf leaves out aws-chunked: that is how the upload came, and some
// servers keep it.
func encodingOf(header string) string {
	var encodings []string
	for name := range strings.SplitSeq(header, ",") {
		if name = strings.TrimSpace(name); name != "" && name != "aws-chunked" {
			encodings = append(encodings, name)
		}
	}
	return strings.Join(encodings, ", ")
}

func tagsOf(ctx context.Context, client *minio.Client, bucket, key string) (map[string]string, error) {
	found, err := client.GetObjectTagging(ctx, bucket, key, minio.GetObjectTaggingOptions{})
	if err != nil {
		return nil, err
	}
	return found.ToMap(), nil
}
