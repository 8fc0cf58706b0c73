// Package main is the lab's stand-in for Milvus, for machines that no real one
// can be pulled to: Milvus's own gRPC interface as far as databases and
// collections go, without a vector in them. As the real one it serves nothing
// before it reaches etcd and its bucket in MinIO, keeps in etcd what it is told,
// and says on port 9091 whether it is healthy. It imports Milvus's protocol,
// gRPC and minio-go, nothing of Spellbook.
//
// It reads the variables that the real image reads: ETCD_ENDPOINTS,
// MINIO_ADDRESS, MINIO_ACCESS_KEY_ID, MINIO_SECRET_ACCESS_KEY,
// MINIO_BUCKET_NAME, COMMON_SECURITY_AUTHORIZATIONENABLED and
// COMMON_SECURITY_DEFAULTROOTPASSWORD.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/grpc"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "milvus:", err)
		os.Exit(1)
	}
}

// run understands what the image is started with: milvus run standalone.
func run(arguments []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if len(arguments) != 2 || arguments[0] != "run" || arguments[1] != "standalone" {
		return errors.New("the lab's stand-in understands: milvus run standalone")
	}
	fmt.Println("Starting the lab's stand-in for Milvus...")
	s, err := newServer(os.Getenv)
	if err != nil {
		return err
	}
	return s.serve(ctx, ":19530", ":9091")
}

// serve opens its ports at once, and answers on them that it is not ready until
// it is.
func (s *server) serve(ctx context.Context, grpcAt, webAt string) error {
	listener, err := net.Listen("tcp", grpcAt)
	if err != nil {
		return err
	}
	api := grpc.NewServer(grpc.UnaryInterceptor(s.intercept))
	milvuspb.RegisterMilvusServiceServer(api, s)
	web := &http.Server{Addr: webAt, Handler: s.web(), ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 3)
	go func() { ended <- api.Serve(listener) }()
	go func() { ended <- web.ListenAndServe() }()
	go func() { ended <- s.boot(ctx) }()
	for {
		select {
		case <-ctx.Done():
			api.Stop()
			return web.Close()
		case err := <-ended:
			if err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// boot waits for etcd and for the bucket, and says why.
func (s *server) boot(ctx context.Context) error {
	said := ""
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		err := errors.Join(s.check(ctx)...)
		if err == nil {
			if err = s.prepare(ctx); err == nil {
				fmt.Println("The lab's stand-in for Milvus is ready.")
				s.ready.Store(true)
				return nil
			}
		}
		if said != err.Error() {
			said = err.Error()
			fmt.Println("waiting:", said)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
