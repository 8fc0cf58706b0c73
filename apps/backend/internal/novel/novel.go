// Package novel holds the words that the parts of the backend share: what is
// stored, what is to be done, and what happened. It imports nothing of ours.
package novel

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrNotFound says that there is no such novel.
var ErrNotFound = errors.New("there is no such novel")

// longest is how many characters a title or genre may have.
const longest = 200

// Draft is what a client says of a novel to be created.
type Draft struct {
	Title string `json:"title"`
	Genre string `json:"genre"`
}

// Check trims the draft and says what is wrong with it, for its author to read.
func (d *Draft) Check() error {
	d.Title, d.Genre = strings.TrimSpace(d.Title), strings.TrimSpace(d.Genre)
	switch {
	case d.Title == "":
		return errors.New("title is missing")
	case utf8.RuneCountInString(d.Title) > longest || utf8.RuneCountInString(d.Genre) > longest:
		return errors.New("title and genre may have 200 characters at most")
	case strings.ContainsRune(d.Title+d.Genre, 0):
		return errors.New("title and genre must not contain a zero byte") // PostgreSQL cannot store it
	}
	return nil
}

// Novel is a stored one.
type Novel struct {
	ID        string    `json:"id"` // a UUID
	Title     string    `json:"title"`
	Genre     string    `json:"genre"`
	Done      int       `json:"results"` // how many results were written back
	CreatedAt time.Time `json:"created_at"`
}

// Job is work that a novel gives one kind of agent.
type Job struct {
	ID      string `json:"job_id"` // the same whenever and wherever it is queued again
	NovelID string `json:"novel_id"`
	Agent   string `json:"agent"`
	Title   string `json:"title"`
}

// JobFor names the one job that a novel has for an agent.
func JobFor(n Novel, agent string) Job {
	return Job{ID: n.ID + ":" + agent, NovelID: n.ID, Agent: agent, Title: n.Title}
}

// Result is what came of a job.
type Result struct {
	JobID     string    `json:"job_id"`
	NovelID   string    `json:"-"`
	Agent     string    `json:"agent"`
	Worker    string    `json:"worker"` // which of the agents did it
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at"`
}

// Event is something that happened.
type Event struct {
	ID   string // its place in the stream, as Redis numbers entries: milliseconds-sequence
	Type string // novel.created, result.ready
	Data string // a JSON object
}
