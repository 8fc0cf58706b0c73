package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// mostBytes is how much of an answer is read: inboxes are small, and a wrong
// server's answer need not be.
const mostBytes = 64 << 20

// roots are where MailDev has its API: below /api since version 3, at / before.
// The other answers 404.
var roots = []string{"/api", ""}

// message is one of MailDev's API, GET /email. Source: docs/rest.md of
// maildev/maildev.
type message struct {
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Subject string    `json:"subject"`
	From    []address `json:"from"`
	To      []address `json:"to"`            // of the header
	Bcc     []address `json:"calculatedBcc"` // whom it was sent to and no header names
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
}

// recipients are all to whom it was sent.
func (m message) recipients() string { return addresses(append(slices.Clone(m.To), m.Bcc...)) }

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

// call asks MailDev, of whichever version; an answer that is no success is an error.
func call(ctx context.Context, run *sdk.Run, method, path string, into any) error {
	at, err := run.Endpoint(web)
	if err != nil {
		return err
	}
	res, err := answer(ctx, method, "http://"+at, path)
	if err != nil {
		return err
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

// answer is that of the root that knows the path, else of the last.
func answer(ctx context.Context, method, server, path string) (res *http.Response, err error) {
	for _, root := range roots {
		if res != nil {
			_ = res.Body.Close()
		}
		req, err := http.NewRequestWithContext(ctx, method, server+root+path, http.NoBody)
		if err != nil {
			return nil, err
		}
		if res, err = http.DefaultClient.Do(req); err != nil {
			return nil, unreachable(err)
		}
		if res.StatusCode != http.StatusNotFound {
			return res, nil
		}
	}
	return res, nil
}

func unreachable(err error) error {
	return sdk.Diagnostic{Code: "UNREACHABLE", Summary: fmt.Sprintf("MailDev does not answer: %v", err), Hint: "mage infra:status"}
}
