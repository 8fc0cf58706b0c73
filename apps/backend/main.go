// Command backend is the sample application: an API gateway and its agents in
// one binary, whose role the variable SERVICE_TYPE names.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/process"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	defer context.AfterFunc(ctx, stop)() // a second signal ends the process at once
	host, _ := os.Hostname()             // an agent without a name cannot be told from another: config says so
	return process.Process{
		Args:     os.Args[1:],
		Lookup:   os.LookupEnv,
		ReadFile: os.ReadFile,
		Hostname: host,
		Out:      os.Stdout,
		Err:      os.Stderr,
		Now:      time.Now,
	}.Run(ctx)
}
