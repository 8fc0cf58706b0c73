package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

func bucketsCommand() sdk.Command {
	return sdk.Command{
		Name:    "buckets",
		Summary: "lists the buckets",
		Flags:   []sdk.Flag{{Name: "count", Summary: "count their objects and bytes, which lists them all", Type: sdk.Bool}},
		Run: func(ctx context.Context, call *sdk.Call) error {
			client, err := connect(call.Run, tries)
			if err != nil {
				return err
			}
			rows, err := bucketRows(ctx, client, call.Bool("count"))
			if err != nil {
				return explain(err)
			}
			if len(rows) == 1 {
				_, err := fmt.Fprintln(call.Stdout, "No buckets. MINIO_BUCKETS=a,b has those that infra:up creates.")
				return err
			}
			return table(call.Stdout, rows...)
		},
	}
}

// bucketRows is a table, its head first.
func bucketRows(ctx context.Context, client *minio.Client, count bool) ([]string, error) {
	buckets, err := client.ListBuckets(ctx)
	if err != nil {
		return nil, fmt.Errorf("list buckets: %w", err)
	}
	head := "BUCKET\tVERSIONED\tCREATED"
	if count {
		head += "\tOBJECTS\tSIZE"
	}
	rows := []string{head}
	for _, b := range buckets {
		row, err := bucketRow(ctx, client, b, count)
		if err != nil {
			return nil, fmt.Errorf("look into bucket %q: %w", b.Name, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func bucketRow(ctx context.Context, client *minio.Client, b minio.BucketInfo, count bool) (string, error) {
	versioned, err := isVersioned(ctx, client, b.Name)
	if err != nil {
		return "", err
	}
	row := b.Name + "\t" + map[bool]string{true: "yes", false: "no"}[versioned] + "\t" + when(b.CreationDate)
	if !count {
		return row, nil
	}
	objects, bytes := 0, int64(0)
	for o := range client.ListObjectsIter(ctx, b.Name, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			return "", o.Err
		}
		objects, bytes = objects+1, bytes+o.Size
	}
	return fmt.Sprintf("%s\t%d\t%s", row, objects, size(bytes)), nil
}

func listCommand() sdk.Command {
	return sdk.Command{
		Name:      "ls",
		Summary:   "lists what is in a bucket, below a prefix",
		Arguments: []sdk.Argument{{Name: "place", Summary: "BUCKET or BUCKET/PREFIX"}},
		Flags:     []sdk.Flag{{Name: "recursive", Summary: "everything below, not only the next level", Type: sdk.Bool}},
		Run: func(ctx context.Context, call *sdk.Call) error {
			client, err := connect(call.Run, tries)
			if err != nil {
				return err
			}
			name, prefix, _ := strings.Cut(call.Arg("place"), "/")
			rows, err := objectRows(ctx, client, name, prefix, call.Bool("recursive"))
			if err != nil {
				return explain(err)
			}
			if len(rows) == 1 {
				_, err := fmt.Fprintf(call.Stdout, "Nothing in %s.\n", shown(call.Arg("place")))
				return err
			}
			return table(call.Stdout, rows...)
		},
	}
}

// objectRows is a table, its head first. A prefix means what begins with it,
// as S3 does: "a" finds "a.txt" and "a/".
func objectRows(ctx context.Context, client *minio.Client, bucket, prefix string, recursive bool) ([]string, error) {
	rows := []string{"SIZE\tMODIFIED\tNAME"}
	for o := range client.ListObjectsIter(ctx, bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: recursive}) {
		switch {
		case o.Err != nil:
			return nil, fmt.Errorf("list bucket %q: %w", bucket, o.Err)
		case o.LastModified.IsZero(): // a common prefix is no object
			rows = append(rows, "-\t-\t"+shown(o.Key))
		default:
			rows = append(rows, size(o.Size)+"\t"+when(o.LastModified)+"\t"+shown(o.Key))
		}
	}
	return rows, nil
}
