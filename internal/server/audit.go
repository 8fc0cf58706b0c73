package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/deploy"
)

// Entry is a line of the audit log: what was done to the server, by whom.
type Entry struct {
	Time    time.Time `json:"time"`
	Action  string    `json:"action"` // deploy, rollback, unlock …
	Release string    `json:"release,omitempty"`
	From    string    `json:"from,omitempty"` // the release that served before
	Author  string    `json:"author"`
	Result  string    `json:"result"` // ok, or failed
	Reason  string    `json:"reason,omitempty"`
	TookMS  int64     `json:"took_ms,omitempty"`
	Dumps   []string  `json:"dumps,omitempty"` // of databases as they were before, on the server
}

// Audit adds a line to the log.
func (s *Store) Audit(ctx context.Context, e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := s.read(ctx, log); errors.Is(err, fs.ErrNotExist) { // made as what it has to be
		err = s.write(ctx, nil, log)
		if err != nil {
			return err
		}
	}
	f, err := s.files.OpenFile(s.Path(log), os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return fmt.Errorf("audit log on the server: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// Served parts the releases that a server keeps into those that have served, and
// those that a run which was cut short has written and no more, or one that is
// under way. current is the one that serves. A log that does not know that one
// was not kept whole, and speaks against none.
func Served(all []deploy.Release, current string, log []Entry) (served, not []deploy.Release) {
	known := map[string]bool{current: true}
	for _, e := range log {
		known[e.From] = true
		if e.Result == "ok" {
			known[e.Release] = true
		}
	}
	whole := current == "" || slices.ContainsFunc(log, func(e Entry) bool { return e.Release == current || e.From == current })
	for _, r := range all {
		if known[r.ID] || !whole {
			served = append(served, r)
		} else {
			not = append(not, r)
		}
	}
	return served, not
}

const log = "audit.jsonl"

// History are the entries of the log, oldest first. A line that was cut short,
// as by a full disk, is left out.
func (s *Store) History(ctx context.Context) ([]Entry, error) {
	data, err := s.read(ctx, log)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Entry
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var e Entry
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Action != "" {
			list = append(list, e)
		}
	}
	return list, nil
}
