package process

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// healthcheck asks the process that serves in the same container whether it
// is ready. The image has no curl to do so.
func (p Process) healthcheck(ctx context.Context) error {
	source := p.source()
	address := source.ReadListen()
	if err := source.Err(); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	return ask(ctx, "http://"+net.JoinHostPort(host, port)+"/ready")
}

func ask(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	// Not the default transport: a proxy of the environment is no way to oneself.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode/100 == 2 {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 2000)) // the status says enough
	return fmt.Errorf("not ready: %s: %s", answer.Status, strings.TrimSpace(string(text)))
}
