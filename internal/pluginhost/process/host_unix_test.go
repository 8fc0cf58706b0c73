//go:build unix

package process

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// markVariable is in the environment of all that a host of a test brings about.
const markVariable = "PROCESS_TEST_MARK"

// playHost starts a plugin with children that knows nothing of a lifeline, says
// so, and calls it until it is killed.
func playHost() {
	executable, err := os.Executable()
	if err != nil {
		panic(err)
	}
	f, err := os.Open(executable)
	if err != nil {
		panic(err)
	}
	p, err := Start(context.Background(), Spec{
		Name: "kafka", File: f, MTLS: true, StartTimeout: time.Minute, CallTimeout: time.Minute,
		Environ: []string{roleVariable + "=has children", markVariable + "=" + os.Getenv(markVariable), "PATH=/usr/bin:/bin"},
	})
	if err != nil {
		panic(err)
	}
	if _, err := p.Describe(context.Background()); err != nil {
		panic(err)
	}
	fmt.Println("ready")
	for {
		_, _ = p.Probe(context.Background(), &pluginv1.ProbeRequest{})
	}
}
