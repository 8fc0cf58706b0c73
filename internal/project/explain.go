package project

import "github.com/infinitescribe/spellbook/internal/failure"

// explain turns an error of compose-go into one with file, line and remedy.
func explain(err error, p *Project) error {
	return failure.New(failure.Preflight, "%w", err)
}
