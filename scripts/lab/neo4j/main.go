// Package main is the lab's stand-in for Neo4j, for machines that no real one can be pulled to: enough
// of the discovery document on port 7474 and of Bolt on port 7687 for drivers to sign in and to run
// "RETURN 1". Called as cypher-shell it is the matching client. It stores nothing, and imports the
// standard library only.
//
// The server reads NEO4J_AUTH (user/password, or none) as the real image does, and LAB_BOOT, the time
// it takes to start. The client reads NEO4J_USERNAME and NEO4J_PASSWORD.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run is the server, or the client where that is the program's name.
func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if filepath.Base(os.Args[0]) == "cypher-shell" {
		return shell(ctx, os.Args[1:], os.Stdin, os.Stdout)
	}
	return boot(ctx)
}

// boot takes the time a JVM would, and then serves until ctx ends.
func boot(ctx context.Context) error {
	users, err := parseAuth(os.Getenv("NEO4J_AUTH"))
	if err != nil {
		return err
	}
	delay, err := time.ParseDuration(or(os.Getenv("LAB_BOOT"), "3s"))
	if err != nil {
		return fmt.Errorf("parse LAB_BOOT: %w", err)
	}
	fmt.Println("Starting the lab's stand-in for Neo4j...")
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(delay):
	}
	return serve(ctx, users, ":7474", ":7687")
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
