package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// The layout of a backup, below the directory that the host gives:
//
//	index.jsonl         what there was: a line of JSON for each bucket and object
//	objects/ab/abcd…    contents, named by their sha256
//
// No name of an object becomes a path, so it does not matter what is in it, and
// contents that several objects share are there once.
const (
	indexName   = "index.jsonl"
	objectsName = "objects"
	indexFormat = "spellbook.minio.backup/1"
)

// line is one of the index; one field is set. The first is Format, the last End.
type line struct {
	Format string        `json:"format,omitempty"`
	Bucket *bucketRecord `json:"bucket,omitempty"`
	Object *objectRecord `json:"object,omitempty"`
	End    *endRecord    `json:"end,omitempty"`
}

type bucketRecord struct {
	Name      string `json:"name"`
	Versioned bool   `json:"versioned,omitempty"`
}

type objectRecord struct {
	Bucket   string            `json:"bucket"`
	Key      string            `json:"key"`
	Size     int64             `json:"size"`
	SHA256   string            `json:"sha256"`
	ETag     string            `json:"etag"`
	Modified time.Time         `json:"modified"`
	Headers  map[string]string `json:"headers,omitempty"`  // Content-Type and its like
	Metadata map[string]string `json:"metadata,omitempty"` // the user's, without X-Amz-Meta-
	Tags     map[string]string `json:"tags,omitempty"`
}

// endRecord proves that nothing is cut off.
type endRecord struct {
	Buckets int `json:"buckets"`
	Objects int `json:"objects"`
}

// index is what a backup holds.
type index struct {
	buckets []bucketRecord
	objects []objectRecord
}

// longestLine is bytes: a key has 1,024, metadata 2 KiB in S3 and 8 in MinIO,
// and JSON may write a byte as six.
const longestLine = 1 << 20

var hexSum = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (x index) write(w io.Writer) error {
	buffered := bufio.NewWriter(w)
	out := json.NewEncoder(buffered)
	out.SetEscapeHTML(false)
	err := out.Encode(line{Format: indexFormat})
	for i := range x.buckets {
		err = errors.Join(err, out.Encode(line{Bucket: &x.buckets[i]}))
	}
	for i := range x.objects {
		err = errors.Join(err, out.Encode(line{Object: &x.objects[i]}))
	}
	err = errors.Join(err, out.Encode(line{End: &endRecord{len(x.buckets), len(x.objects)}}))
	return errors.Join(err, buffered.Flush())
}

// readIndex believes nothing: names, sums and the count are checked before
// anything is done by them.
func readIndex(r io.Reader) (index, error) {
	var x index
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	ended := false
	for n := 1; lines.Scan(); n++ {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return index{}, fmt.Errorf("line %d: %w", n, err)
		}
		if ended || (n == 1) != (l.Format == indexFormat) {
			return index{}, fmt.Errorf("line %d: this is no index of %s", n, indexFormat)
		}
		if err := x.add(l); err != nil {
			return index{}, fmt.Errorf("line %d: %w", n, err)
		}
		ended = l.End != nil
	}
	if err := lines.Err(); err != nil {
		return index{}, err
	}
	if !ended {
		return index{}, errors.New("the end is missing: the backup was not finished")
	}
	return x, nil
}

func (x *index) add(l line) error {
	switch {
	case l.Bucket != nil:
		x.buckets = append(x.buckets, *l.Bucket)
		return s3utils.CheckValidBucketName(l.Bucket.Name)
	case l.Object != nil:
		x.objects = append(x.objects, *l.Object)
		return x.checkObject(*l.Object)
	case l.End != nil && *l.End != endRecord{len(x.buckets), len(x.objects)}:
		return fmt.Errorf("%d buckets and %d objects were written, %d and %d are here", l.End.Buckets, l.End.Objects, len(x.buckets), len(x.objects))
	}
	return nil
}

func (x *index) checkObject(o objectRecord) error {
	if !slices.ContainsFunc(x.buckets, func(b bucketRecord) bool { return b.Name == o.Bucket }) {
		return fmt.Errorf("object %q comes before its bucket", o.Key)
	}
	if !hexSum.MatchString(o.SHA256) || o.Size < 0 {
		return fmt.Errorf("object %q has no sha256", o.Key)
	}
	return s3utils.CheckValidObjectName(o.Key)
}
