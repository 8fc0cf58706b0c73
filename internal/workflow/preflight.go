package workflow

import "context"

func (u *up) preflight(context.Context) error { return nil }
