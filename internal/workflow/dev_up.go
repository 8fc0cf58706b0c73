package workflow

import (
	"context"
	"time"
)

// DevUpOptions are the flags of dev:up.
type DevUpOptions struct {
	Services []string
	Timeout  time.Duration // 0 means DefaultTimeout
}

// DevUp builds what has changed and brings the stack with the application's own
// services to ready.
func (w *Workflow) DevUp(ctx context.Context, o DevUpOptions) error {
	if err := w.Build(ctx, BuildOptions{}); err != nil {
		return err
	}
	return w.InfraUp(ctx, UpOptions{Services: o.Services, Timeout: o.Timeout, Backend: true, Target: "dev:up"})
}
