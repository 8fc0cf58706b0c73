package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// user is the one who may do everything; Milvus creates it.
const user = "root"

// client speaks Milvus's own protocol.
type client struct {
	milvuspb.MilvusServiceClient
}

// with connects for the time of a call.
func with(run *sdk.Run, do func(*client) error) error {
	at, err := run.Endpoint("grpc")
	if err != nil {
		return err
	}
	options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	if authorization(run.Config("MILVUS_AUTHORIZATION")) {
		options = append(options, grpc.WithPerRPCCredentials(login(run.Secret("MILVUS_ROOT_PASSWORD"))))
	}
	// passthrough: no resolver may take a colon in an address for a scheme.
	connection, err := grpc.NewClient("passthrough:///"+at, options...)
	if err != nil {
		return fmt.Errorf("connect to Milvus at %q: %w", at, err)
	}
	err = do(&client{milvuspb.NewMilvusServiceClient(connection)})
	_ = connection.Close() // nothing is under way on it
	return explain(at, err)
}

// login is root's password, sent with every call.
type login string

// GetRequestMetadata has Milvus's header.
func (l login) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": base64.StdEncoding.EncodeToString([]byte(user + ":" + string(l)))}, nil
}

// RequireTransportSecurity would need TLS, which Milvus here has not.
func (login) RequireTransportSecurity() bool { return false }

// refusal is what Milvus answers within a call that arrived.
type refusal struct {
	code   int32
	reason string
}

// Error is Milvus's own text.
func (r *refusal) Error() string { return r.reason }

// failed is the error of a call, or the one that its answer carries.
func failed(answer *commonpb.Status, err error) error {
	switch {
	case err != nil:
		return err
	case answer.GetCode() != 0:
		return &refusal{answer.GetCode(), answer.GetReason()}
	case answer.GetErrorCode() != commonpb.ErrorCode_Success: //nolint:staticcheck // servers before 2.3 have this alone
		return &refusal{-1, answer.GetReason()}
	}
	return nil
}

// refused is the code of a wrong password, which no waiting mends.
const refused = "MILVUS_CREDENTIALS_REFUSED"

// databaseNotFound is Milvus's code.
const databaseNotFound = 800

// explain makes diagnostics of the errors that a user can do something about.
func explain(at string, err error) error {
	var answer *refusal
	if errors.As(err, &answer) && answer.code == databaseNotFound {
		return sdk.Diagnostic{Code: "MILVUS_NO_SUCH_DATABASE", Summary: answer.reason, Hint: "mage milvus:databases lists them; MILVUS_DATABASES has those that infra:up creates"}
	}
	switch status.Code(cause(err)) {
	case codes.Unauthenticated, codes.PermissionDenied:
		return sdk.Diagnostic{Code: refused, Summary: "Milvus refuses the password of root", Path: "MILVUS_ROOT_PASSWORD",
			Hint: "Milvus takes MILVUS_ROOT_PASSWORD when its volumes are empty: put the one back that it was started with, or change it in Milvus"}
	case codes.Unavailable:
		return sdk.Diagnostic{Code: "MILVUS_UNREACHABLE", Summary: fmt.Sprintf("Milvus does not answer at %s: %s", at, short(status.Convert(cause(err)).Message())), Hint: "mage infra:status, then mage infra:up"}
	}
	return err
}

// cause is the error of gRPC below those that say what was tried.
func cause(err error) error {
	var s interface{ GRPCStatus() *status.Status }
	if errors.As(err, &s) {
		return s.GRPCStatus().Err()
	}
	return err
}

// short keeps what gRPC's chain of a failed connection ends with, "connection
// refused", and Milvus's own words whole.
func short(message string) string {
	if rest, dialled := strings.CutPrefix(message, "connection error: "); dialled {
		parts := strings.Split(strings.Trim(rest, `"`), ": ")
		return parts[len(parts)-1]
	}
	return message
}
