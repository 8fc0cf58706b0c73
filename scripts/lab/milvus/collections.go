package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"
	"google.golang.org/protobuf/proto"
)

// collection is what etcd keeps of one. It has no rows.
type collection struct {
	ID      int64  `json:"id"`
	Created uint64 `json:"created"` // milliseconds since 1970
	Schema  []byte `json:"schema"`
	Shards  int32  `json:"shards"`
	Loaded  bool   `json:"loaded"`
}

func collectionKey(database, name string) string {
	return "lab-milvus/collection/" + named(database) + "/" + name
}

// find gives a collection, or why there is none.
func (s *server) find(ctx context.Context, database, name string) (collection, *commonpb.Status) {
	if refused := s.database(ctx, database); refused != nil {
		return collection{}, refused
	}
	text, exists, err := s.etcd.get(ctx, collectionKey(database, name))
	if err != nil {
		return collection{}, answerOf(err)
	}
	if !exists {
		return collection{}, refuse(codeCollectionNotFound, "collection not found[database=%s][collection=%s]", named(database), name)
	}
	var c collection
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return collection{}, answerOf(err)
	}
	return c, nil
}

func (s *server) store(ctx context.Context, database, name string, c collection) *commonpb.Status {
	text, err := json.Marshal(c)
	if err == nil {
		err = s.etcd.put(ctx, collectionKey(database, name), string(text))
	}
	return answerOf(err)
}

// CreateCollection keeps the schema in etcd.
func (s *server) CreateCollection(ctx context.Context, r *milvuspb.CreateCollectionRequest) (*commonpb.Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, refused := s.find(ctx, r.GetDbName(), r.GetCollectionName())
	if refused == nil {
		return answerOf(fmt.Errorf("collection already exist: %s", r.GetCollectionName())), nil
	}
	if refused.GetCode() != codeCollectionNotFound {
		return refused, nil
	}
	if err := proto.Unmarshal(r.GetSchema(), &schemapb.CollectionSchema{}); err != nil {
		return answerOf(fmt.Errorf("schema: %w", err)), nil
	}
	now := time.Now()
	c := collection{ID: now.UnixNano(), Created: uint64(now.UnixMilli()), Schema: r.GetSchema(), Shards: max(r.GetShardsNum(), 1)}
	return s.store(ctx, r.GetDbName(), r.GetCollectionName(), c), nil
}

// DropCollection succeeds for one that is not there, as the real one does.
func (s *server) DropCollection(ctx context.Context, r *milvuspb.DropCollectionRequest) (*commonpb.Status, error) {
	return answerOf(s.etcd.delete(ctx, collectionKey(r.GetDbName(), r.GetCollectionName()))), nil
}

// HasCollection is false for one that is not there.
func (s *server) HasCollection(ctx context.Context, r *milvuspb.HasCollectionRequest) (*milvuspb.BoolResponse, error) {
	_, refused := s.find(ctx, r.GetDbName(), r.GetCollectionName())
	if refused.GetCode() == codeCollectionNotFound {
		return &milvuspb.BoolResponse{Status: &commonpb.Status{}}, nil
	}
	return &milvuspb.BoolResponse{Status: orFine(refused), Value: refused == nil}, nil
}

func orFine(refused *commonpb.Status) *commonpb.Status {
	if refused == nil {
		return &commonpb.Status{}
	}
	return refused
}

// DescribeCollection gives the schema back.
func (s *server) DescribeCollection(ctx context.Context, r *milvuspb.DescribeCollectionRequest) (*milvuspb.DescribeCollectionResponse, error) {
	c, refused := s.find(ctx, r.GetDbName(), r.GetCollectionName())
	if refused != nil {
		return &milvuspb.DescribeCollectionResponse{Status: refused}, nil
	}
	schema := &schemapb.CollectionSchema{}
	err := proto.Unmarshal(c.Schema, schema)
	return &milvuspb.DescribeCollectionResponse{
		Status: answerOf(err), Schema: schema, CollectionID: c.ID, CreatedUtcTimestamp: c.Created, ShardsNum: c.Shards,
		CollectionName: r.GetCollectionName(), DbName: named(r.GetDbName()),
	}, nil
}

// ShowCollections is by name.
func (s *server) ShowCollections(ctx context.Context, r *milvuspb.ShowCollectionsRequest) (*milvuspb.ShowCollectionsResponse, error) {
	if refused := s.database(ctx, r.GetDbName()); refused != nil {
		return &milvuspb.ShowCollectionsResponse{Status: refused}, nil
	}
	found, err := s.etcd.list(ctx, collectionKey(r.GetDbName(), ""))
	answer := &milvuspb.ShowCollectionsResponse{Status: answerOf(err), CollectionNames: slices.Sorted(maps.Keys(found))}
	for _, name := range answer.CollectionNames {
		var c collection
		if err := json.Unmarshal([]byte(found[name]), &c); err != nil {
			return &milvuspb.ShowCollectionsResponse{Status: answerOf(err)}, nil
		}
		answer.CollectionIds = append(answer.CollectionIds, c.ID)
		answer.CreatedUtcTimestamps = append(answer.CreatedUtcTimestamps, c.Created)
		answer.ShardsNum = append(answer.ShardsNum, c.Shards)
	}
	return answer, nil
}

// GetCollectionStatistics knows no rows.
func (s *server) GetCollectionStatistics(ctx context.Context, r *milvuspb.GetCollectionStatisticsRequest) (*milvuspb.GetCollectionStatisticsResponse, error) {
	_, refused := s.find(ctx, r.GetDbName(), r.GetCollectionName())
	return &milvuspb.GetCollectionStatisticsResponse{Status: orFine(refused), Stats: []*commonpb.KeyValuePair{{Key: "row_count", Value: strconv.Itoa(0)}}}, nil
}

// LoadCollection marks it as loaded.
func (s *server) LoadCollection(ctx context.Context, r *milvuspb.LoadCollectionRequest) (*commonpb.Status, error) {
	return s.load(ctx, r.GetDbName(), r.GetCollectionName(), true), nil
}

// ReleaseCollection marks it as not loaded.
func (s *server) ReleaseCollection(ctx context.Context, r *milvuspb.ReleaseCollectionRequest) (*commonpb.Status, error) {
	return s.load(ctx, r.GetDbName(), r.GetCollectionName(), false), nil
}

func (s *server) load(ctx context.Context, database, name string, loaded bool) *commonpb.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.find(ctx, database, name)
	if refused != nil {
		return refused
	}
	c.Loaded = loaded
	return s.store(ctx, database, name, c)
}

// GetLoadState is what LoadCollection and ReleaseCollection left.
func (s *server) GetLoadState(ctx context.Context, r *milvuspb.GetLoadStateRequest) (*milvuspb.GetLoadStateResponse, error) {
	c, refused := s.find(ctx, r.GetDbName(), r.GetCollectionName())
	switch {
	case refused.GetCode() == codeCollectionNotFound:
		return &milvuspb.GetLoadStateResponse{Status: &commonpb.Status{}, State: commonpb.LoadState_LoadStateNotExist}, nil
	case refused != nil:
		return &milvuspb.GetLoadStateResponse{Status: refused}, nil
	case c.Loaded:
		return &milvuspb.GetLoadStateResponse{Status: &commonpb.Status{}, State: commonpb.LoadState_LoadStateLoaded}, nil
	}
	return &milvuspb.GetLoadStateResponse{Status: &commonpb.Status{}, State: commonpb.LoadState_LoadStateNotLoad}, nil
}
