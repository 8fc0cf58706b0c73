package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// region is MinIO's own; naming it saves a request for each bucket.
const region = "us-east-1"

// tries of a request. A probe has one: who waits for MinIO is told why. Others
// go on over a connection that broke, which servers do to empty uploads that
// they answer before they have read them.
const (
	once  = 1
	tries = 4
)

func connect(run *sdk.Run, tries int) (*minio.Client, error) {
	at, err := run.Endpoint("api")
	if err != nil {
		return nil, err
	}
	return newClient(at, run.Config("MINIO_ROOT_USER"), run.Secret("MINIO_ROOT_PASSWORD"), tries)
}

func newClient(at, user, password string, tries int) (*minio.Client, error) {
	client, err := minio.New(at, &minio.Options{
		Creds:      credentials.NewStaticV4(user, password, ""),
		Region:     region,
		MaxRetries: tries,
	})
	if err != nil {
		return nil, fmt.Errorf("connect to MinIO at %q: %w", at, err)
	}
	return client, nil
}

func probe(ctx context.Context, run *sdk.Run) sdk.Status {
	client, err := connect(run, once)
	if err != nil {
		return sdk.NotYet(err)
	}
	buckets, err := client.ListBuckets(ctx)
	if err = explain(err); err == nil {
		return sdk.Ready("%s", plural(len(buckets), "bucket"))
	}
	var d sdk.Diagnostic
	if errors.As(err, &d) && d.Code == refused {
		return sdk.Fatal(d)
	}
	return sdk.NotYet(err)
}

// refused is the code of wrong credentials, which no waiting mends.
const refused = "MINIO_CREDENTIALS_REFUSED"

// unknownUser is versitygw's own code; MinIO has S3's, InvalidAccessKeyId.
const unknownUser = "XAdminUserNotFound"

// explain makes diagnostics of the errors that a user can do something about.
func explain(err error) error {
	var no *net.OpError
	if errors.As(err, &no) {
		return sdk.Diagnostic{Code: "MINIO_UNREACHABLE", Summary: fmt.Sprintf("MinIO does not answer at %v: %v", no.Addr, no.Err), Hint: "mage infra:status, then mage infra:up"}
	}
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) {
		return err
	}
	switch answer.Code {
	case minio.InvalidAccessKeyID, unknownUser, minio.SignatureDoesNotMatch, minio.AccessDenied:
		return sdk.Diagnostic{Code: refused, Summary: "MinIO refuses the user or the password: " + answer.Code, Path: "MINIO_ROOT_PASSWORD",
			Hint: "MinIO takes MINIO_ROOT_USER and MINIO_ROOT_PASSWORD when it starts: mage infra:up recreates it where they changed"}
	case minio.NoSuchBucket:
		return sdk.Diagnostic{Code: "MINIO_NO_SUCH_BUCKET", Summary: fmt.Sprintf("there is no bucket %q", answer.BucketName), Hint: "mage minio:buckets lists them; MINIO_BUCKETS has those that infra:up creates"}
	}
	if answer.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("MinIO answers %d %s", answer.StatusCode, answer.Code)
	}
	return err
}
