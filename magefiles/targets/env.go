package targets

import (
	"context"

	"github.com/magefile/mage/mg"
)

// Env switches environments: `.env` is a link to the active one.
type Env mg.Namespace

// Local switches to the local environment, made from the template if missing.
func (Env) Local(ctx context.Context) error { return flow().EnvUse(ctx, "local") }

// Lab switches to the lab environment, for machines without an image registry.
func (Env) Lab(ctx context.Context) error { return flow().EnvUse(ctx, "lab") }

// Use switches to any environment: mage env:use dev.
func (Env) Use(ctx context.Context, name string) error { return flow().EnvUse(ctx, name) }
