package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// mostBytes is how much of an answer is read: inboxes are small, and a wrong
// server's answer need not be.
const mostBytes = 64 << 20

// message is one of MailDev's API, GET /email. Source: docs/rest.md of
// maildev/maildev.
type message struct {
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Subject string    `json:"subject"`
	From    []address `json:"from"`
	To      []address `json:"to"`
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
}

type address struct {
	Address string `json:"address"`
	Name    string `json:"name"`
}

func addresses(list []address) string {
	names := make([]string, 0, len(list))
	for _, a := range list {
		names = append(names, a.Address)
	}
	return strings.Join(names, ", ")
}

// messages are all there are, as MailDev lists them: the oldest first.
func messages(ctx context.Context, run *sdk.Run) ([]message, error) {
	var list []message
	return list, call(ctx, run, http.MethodGet, "/email", &list)
}

// call asks MailDev; an answer that is no success is an error.
func call(ctx context.Context, run *sdk.Run, method, path string, into any) error {
	at, err := run.Endpoint(web)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+at+path, http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return sdk.Diagnostic{Code: "BAD_ANSWER", Summary: fmt.Sprintf("%s %s: MailDev answered %s", method, path, res.Status), Hint: "mage infra:logs -services=maildev"}
	}
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, mostBytes)).Decode(into); err != nil {
		return sdk.Diagnostic{Code: "BAD_ANSWER", Summary: fmt.Sprintf("%s %s: this is not MailDev's answer: %v", method, path, err), Hint: "mage infra:status"}
	}
	return nil
}

func unreachable(err error) error {
	return sdk.Diagnostic{Code: "UNREACHABLE", Summary: fmt.Sprintf("MailDev does not answer: %v", err), Hint: "mage infra:status"}
}
