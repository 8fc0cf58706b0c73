// Package peers_test is the same stack by others' libraries, in a module of its own, so that nobody else gets what they
// depend on. The benchmark of stacks runs it.
package peers_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go/modules/compose"
)

func TestTestcontainersCompose(t *testing.T) {
	began := time.Now()
	stack, err := compose.NewDockerCompose("stack/compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stack.Down(context.Background(), compose.RemoveOrphans(true), compose.RemoveVolumes(true)) })
	if err := stack.WithOsEnv().Up(t.Context(), compose.Wait(true)); err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready", time.Since(began).Milliseconds())
}
