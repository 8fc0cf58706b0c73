// Package ours_test is the stack that ../peers has, by test/stack.
package ours_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/test/stack"
)

func TestSpellbook(t *testing.T) {
	began := time.Now()
	stack.Start(t, stack.Options{Dir: os.Getenv("STACK_DIR")})
	fmt.Println("ready", time.Since(began).Milliseconds())
}
