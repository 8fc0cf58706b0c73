package main

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/mail"
	"strings"
	"sync"
	"time"
)

// email is a message as MailDev's API shows it.
type email struct {
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Subject string    `json:"subject"`
	From    []address `json:"from"`
	To      []address `json:"to"`
	Text    string    `json:"text"`
}

type address struct {
	Address string `json:"address"`
	Name    string `json:"name"`
}

// inbox has the messages in the order in which they came.
type inbox struct {
	mu   sync.Mutex
	list []email
}

// take keeps a message as SMTP brought it; what has no header is all text.
func (b *inbox) take(from string, to []string, data string) {
	m := email{ID: strings.ToLower(rand.Text()[:8]), Time: time.Now().UTC(), From: []address{{Address: from}}, Text: data}
	for _, one := range to {
		m.To = append(m.To, address{Address: one})
	}
	if parsed, err := mail.ReadMessage(strings.NewReader(data)); err == nil {
		m.Subject = parsed.Header.Get("Subject")
		if body, err := io.ReadAll(parsed.Body); err == nil {
			m.Text = string(body)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(b.list, m)
}

func (b *inbox) all() []email {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]email{}, b.list...)
}

func (b *inbox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = nil
}

func (b *inbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, true) })
	mux.HandleFunc("GET /email", func(w http.ResponseWriter, _ *http.Request) { answer(w, b.all()) })
	mux.HandleFunc("DELETE /email/all", func(w http.ResponseWriter, _ *http.Request) { b.clear(); answer(w, true) })
	return mux
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(value) // the client is gone otherwise
}
