// Package main is the lab's stand-in for Kafka, for machines that no real one can be pulled to: one node
// that speaks the real protocol (franz-go's kfake) and reads the environment that the image apache/kafka
// reads, as far as the listeners, the directory and the topics go. It keeps its messages in KAFKA_LOG_DIRS.
//
// LAB_BOOT is the time it takes to start.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run takes the time a JVM would, and then serves until it is told to end.
func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	s, err := settingsOf(os.Getenv)
	if err != nil {
		return err
	}
	fmt.Println("Starting the lab's stand-in for Kafka...")
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(s.boot):
	}
	node, err := start(s)
	if err != nil {
		return err
	}
	for _, l := range s.listeners {
		fmt.Printf("Listening on %s://%s, advertised as %s\n", l.name, l.address, l.advertised)
	}
	<-ctx.Done()
	fmt.Println("Shutting down")
	node.close()
	return nil
}
