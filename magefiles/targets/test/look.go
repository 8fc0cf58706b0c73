package test

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// List shows the stacks of this checkout, who uses them, and how long they stay.
func (Test) List(ctx context.Context,
	json *bool, // one JSON document on standard output
) error {
	return test.List(ctx, target.Run(), target.Value(json))
}

// Env shows the variables by which tests find a stack, which stays for as long again.
func (Test) Env(ctx context.Context,
	name *string, // of the stack (that of the branch)
	format *string, // print them for other programs: dotenv, shell, json or github
	only *string, // some of them, comma separated; a secret has to be named
	json *bool, // one JSON document on standard output
) error {
	return test.Env(ctx, target.Run(), test.EnvOptions{Name: target.Value(name), Format: target.Value(format), Only: target.List(only), JSON: target.Value(json)})
}
