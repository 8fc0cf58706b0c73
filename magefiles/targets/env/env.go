// Package env has the targets of the environments. A magefile imports it alone
// or beside other namespaces.
package env

import (
	"context"

	"github.com/magefile/mage/mg"

	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Env looks after the environments: `.env` is a link to the active one.
type Env mg.Namespace

// Local switches to the local environment, made from the template if missing.
func (Env) Local(ctx context.Context) error {
	return env.Use(ctx, target.Run(), "local", "env:local")
}

// Dev switches to the dev environment, made from the template if missing.
func (Env) Dev(ctx context.Context) error { return env.Use(ctx, target.Run(), "dev", "env:dev") }

// Test switches to the test environment, made from the template if missing.
func (Env) Test(ctx context.Context) error {
	return env.Use(ctx, target.Run(), "test", "env:test")
}

// Lab switches to the lab environment, for machines without an image registry.
func (Env) Lab(ctx context.Context) error { return env.Use(ctx, target.Run(), "lab", "env:lab") }

// Use switches to any environment, unless a check finds an error in it: mage env:use dev.
func (Env) Use(ctx context.Context, name string) error {
	return env.Use(ctx, target.Run(), name, "env:use "+name)
}
