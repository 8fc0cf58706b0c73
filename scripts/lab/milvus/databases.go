package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
)

const defaultDatabase = "default"

// Milvus's own codes. For a database that exists it has none but unexpected.
const (
	codeUnexpected         = 65535
	codeCollectionNotFound = 100
	codeDatabaseNotFound   = 800
)

func databaseKey(name string) string { return "lab-milvus/database/" + name }

// stamp is the time of creation in milliseconds.
func stamp() string { return strconv.FormatInt(time.Now().UnixMilli(), 10) }

func answerOf(err error) *commonpb.Status {
	if err == nil {
		return &commonpb.Status{}
	}
	return refuse(codeUnexpected, "%v", err)
}

func refuse(code int32, format string, args ...any) *commonpb.Status {
	reason := fmt.Sprintf(format, args...)
	return &commonpb.Status{ErrorCode: commonpb.ErrorCode_UnexpectedError, Code: code, Reason: reason, Detail: reason} //nolint:staticcheck // older clients read ErrorCode alone
}

// named is the database that a request is about.
func named(name string) string {
	if name == "" {
		return defaultDatabase
	}
	return name
}

// database refuses one that is not there.
func (s *server) database(ctx context.Context, name string) *commonpb.Status {
	_, exists, err := s.etcd.get(ctx, databaseKey(named(name)))
	if err != nil {
		return answerOf(err)
	}
	if !exists {
		return refuse(codeDatabaseNotFound, "database not found[database=%s]", name)
	}
	return nil
}

// CreateDatabase keeps it in etcd.
func (s *server) CreateDatabase(ctx context.Context, r *milvuspb.CreateDatabaseRequest) (*commonpb.Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, exists, err := s.etcd.get(ctx, databaseKey(r.GetDbName()))
	if err == nil && exists {
		err = fmt.Errorf("database already exist: %s", r.GetDbName())
	}
	if err == nil {
		err = s.etcd.put(ctx, databaseKey(r.GetDbName()), stamp())
	}
	return answerOf(err), nil
}

// DropDatabase refuses one that is not empty, as the real one does.
func (s *server) DropDatabase(ctx context.Context, r *milvuspb.DropDatabaseRequest) (*commonpb.Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	within, err := s.etcd.list(ctx, collectionKey(r.GetDbName(), ""))
	switch {
	case err != nil:
		return answerOf(err), nil
	case r.GetDbName() == defaultDatabase:
		return refuse(codeUnexpected, "can not drop default database"), nil
	case len(within) > 0:
		return refuse(codeUnexpected, "database:%s not empty, must drop all collections before drop database", r.GetDbName()), nil
	}
	return answerOf(s.etcd.delete(ctx, databaseKey(r.GetDbName()))), nil
}

// ListDatabases is by name.
func (s *server) ListDatabases(ctx context.Context, _ *milvuspb.ListDatabasesRequest) (*milvuspb.ListDatabasesResponse, error) {
	found, err := s.etcd.list(ctx, databaseKey(""))
	return &milvuspb.ListDatabasesResponse{Status: answerOf(err), DbNames: slices.Sorted(maps.Keys(found))}, nil
}
