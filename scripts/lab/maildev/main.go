// Package main is the lab's stand-in for MailDev: real SMTP and the part of
// MailDev's HTTP API that its plugin uses, messages in memory. It imports the
// standard library alone.
//
// MAILDEV_SMTP_PORT and MAILDEV_WEB_PORT are its ports, 0 for free ones; its
// first two lines of output say where it listens, as MailDev's do. Called as
// wget it is the image's health check.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "lab-maildev:", err)
		os.Exit(1)
	}
}

func run() error {
	if filepath.Base(os.Args[0]) == "wget" {
		return fetch(os.Args[len(os.Args)-1])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	mail, err := listen("MAILDEV_SMTP_PORT", "1025")
	if err != nil {
		return err
	}
	web, err := listen("MAILDEV_WEB_PORT", "1080")
	if err != nil {
		return err
	}
	port := func(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
	fmt.Printf("MailDev webapp running at http://localhost:%d/\nMailDev SMTP Server running at localhost:%d\n", port(web), port(mail))
	var box inbox
	server := &http.Server{Handler: box.routes(), ReadHeaderTimeout: 5 * time.Second}
	go accept(mail, &box)
	go func() {
		<-ctx.Done()
		_ = errors.Join(mail.Close(), server.Close())
	}()
	if err := server.Serve(web); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func listen(variable, port string) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort("", cmp.Or(os.Getenv(variable), port)))
}

// fetch fails unless the answer is a success.
func fetch(url string) error {
	client := http.Client{Timeout: 5 * time.Second}
	res, err := client.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, res.Status)
	}
	return nil
}
