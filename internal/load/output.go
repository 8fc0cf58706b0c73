package load

import (
	"bytes"
	"context"
)

// Output runs a command and returns both streams.
func Output(ctx context.Context, s *Session, argv []string) (string, error) {
	var out bytes.Buffer
	err := s.Exec(ctx, argv, &out, &out)
	return out.String(), err
}
