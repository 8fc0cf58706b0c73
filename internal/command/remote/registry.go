package remote

import (
	"context"
	"errors"

	"github.com/infinitescribe/spellbook/internal/host/ssh"
)

// Tunnel leads from the server to an address of this machine. Where none is to be
// had, it is "".
func (o *Operation) Tunnel(ctx context.Context, local string) (string, error) {
	remote, _, err := o.Server.Reverse(ctx, local)
	if errors.Is(err, ssh.ErrForwardingRefused) {
		return "", nil
	}
	return remote, err
}
