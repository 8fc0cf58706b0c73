package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// version is that of the protocol, marked as the lab's.
const version = "v2.6.18-lab"

// server is the stand-in whole.
type server struct {
	milvuspb.UnimplementedMilvusServiceServer
	etcd   etcd
	s3     *minio.Client
	bucket string
	login  string // the header that is asked for; "" lets everybody in

	ready atomic.Bool
	mu    sync.Mutex // one change at a time
}

func newServer(getenv func(string) string) (*server, error) {
	s := &server{etcd: etcd{at: getenv("ETCD_ENDPOINTS")}, bucket: getenv("MINIO_BUCKET_NAME")}
	if s.etcd.at == "" || getenv("MINIO_ADDRESS") == "" {
		return nil, errors.New("ETCD_ENDPOINTS and MINIO_ADDRESS are needed")
	}
	if s.bucket == "" {
		s.bucket = "a-bucket" // the real one's default
	}
	if on, _ := strconv.ParseBool(getenv("COMMON_SECURITY_AUTHORIZATIONENABLED")); on {
		s.login = base64.StdEncoding.EncodeToString([]byte("root:" + getenv("COMMON_SECURITY_DEFAULTROOTPASSWORD")))
	}
	var err error
	s.s3, err = minio.New(getenv("MINIO_ADDRESS"), &minio.Options{
		Creds: credentials.NewStaticV4(getenv("MINIO_ACCESS_KEY_ID"), getenv("MINIO_SECRET_ACCESS_KEY"), ""), Region: "us-east-1", MaxRetries: 1,
	})
	return s, err
}

// prepare makes what the real one makes at its first start.
func (s *server) prepare(ctx context.Context) error {
	exists, err := s.s3.BucketExists(ctx, s.bucket)
	if err == nil && !exists {
		err = s.s3.MakeBucket(ctx, s.bucket, minio.MakeBucketOptions{})
	}
	if err != nil {
		return fmt.Errorf("bucket %q: %w", s.bucket, err)
	}
	_, exists, err = s.etcd.get(ctx, databaseKey(defaultDatabase))
	if err == nil && !exists {
		err = s.etcd.put(ctx, databaseKey(defaultDatabase), stamp())
	}
	return err
}

// patience is for one answer of etcd or MinIO.
const patience = 2 * time.Second

// check asks etcd and MinIO now.
func (s *server) check(ctx context.Context) (problems []error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, _, err := s.etcd.get(ctx, databaseKey(defaultDatabase)); err != nil {
		problems = append(problems, fmt.Errorf("etcd: %w", err))
	}
	if _, err := s.s3.BucketExists(ctx, s.bucket); err != nil {
		problems = append(problems, fmt.Errorf("MinIO: %w", err))
	}
	return problems
}

func (s *server) web() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		problems := s.check(r.Context())
		if s.ready.Load() && len(problems) == 0 {
			_, _ = fmt.Fprintln(w, "OK")
			return
		}
		http.Error(w, fmt.Sprint("Abnormal: ", errors.Join(problems...)), http.StatusServiceUnavailable)
	})
	return mux
}

// intercept turns away who comes too early or without the password.
func (s *server) intercept(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if !s.ready.Load() {
		return nil, status.Error(codes.Unavailable, "service not ready: the lab's stand-in for Milvus is initializing")
	}
	headers, _ := metadata.FromIncomingContext(ctx)
	if s.login != "" && strings.Join(headers.Get("authorization"), "") != s.login {
		return nil, status.Error(codes.Unauthenticated, "auth check failure, please check username and password are correct")
	}
	answer, err := handle(ctx, request)
	if status.Code(err) == codes.Unimplemented {
		return nil, status.Error(codes.Unimplemented, "the lab's stand-in for Milvus has databases and collections only, no vectors")
	}
	return answer, err
}

// GetVersion tells that this is the lab's.
func (s *server) GetVersion(context.Context, *milvuspb.GetVersionRequest) (*milvuspb.GetVersionResponse, error) {
	return &milvuspb.GetVersionResponse{Status: &commonpb.Status{}, Version: version}, nil
}

// CheckHealth tells whether etcd and MinIO answer now.
func (s *server) CheckHealth(ctx context.Context, _ *milvuspb.CheckHealthRequest) (*milvuspb.CheckHealthResponse, error) {
	answer := &milvuspb.CheckHealthResponse{Status: &commonpb.Status{}}
	for _, problem := range s.check(ctx) {
		answer.Reasons = append(answer.Reasons, problem.Error())
	}
	answer.IsHealthy = len(answer.Reasons) == 0
	return answer, nil
}

// Connect is the first call of Milvus's clients.
func (s *server) Connect(context.Context, *milvuspb.ConnectRequest) (*milvuspb.ConnectResponse, error) {
	return &milvuspb.ConnectResponse{
		Status: &commonpb.Status{}, Identifier: time.Now().UnixNano(),
		ServerInfo: &commonpb.ServerInfo{BuildTags: version, DeployMode: "STANDALONE"},
	}, nil
}
