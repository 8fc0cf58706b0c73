package targets

import (
	"context"

	"github.com/magefile/mage/mg"
)

// Env looks after the environments: `.env` is a link to the active one.
type Env mg.Namespace

// Local switches to the local environment, made from the template if missing.
func (Env) Local(ctx context.Context) error { return flow().EnvUse(ctx, "local", "env:local") }

// Dev switches to the dev environment, made from the template if missing.
func (Env) Dev(ctx context.Context) error { return flow().EnvUse(ctx, "dev", "env:dev") }

// Test switches to the test environment, made from the template if missing.
func (Env) Test(ctx context.Context) error { return flow().EnvUse(ctx, "test", "env:test") }

// Lab switches to the lab environment, for machines without an image registry.
func (Env) Lab(ctx context.Context) error { return flow().EnvUse(ctx, "lab", "env:lab") }

// Use switches to any environment, unless a check finds an error in it: mage env:use dev.
func (Env) Use(ctx context.Context, name string) error {
	return flow().EnvUse(ctx, name, "env:use "+name)
}
