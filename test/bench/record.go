package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"
)

// record is what one part measured, as the document shows it.
type record struct {
	Date    string     `json:"date"`
	Load    string     `json:"load"` // before and after it: 1, 5 and 15 minutes
	Summary [][]string `json:"summary"`
	Text    string     `json:"text"` // Markdown
}

func newRecord(rows []row, before string) record {
	return record{
		Date: time.Now().UTC().Format("2006-01-02 15:04 MST"), Load: before + " before, " + load() + " after",
		Summary: summary(rows), Text: tables(rows),
	}
}

// records are the results by part.
type records map[string]record

func readRecords() (records, error) {
	all := records{}
	data, err := os.ReadFile(results)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(data, &all)
}

// write keeps the results and renders the document of them.
func (b *bench) write(all records) error {
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(results, append(data, '\n'), 0o644),
		os.WriteFile(document, []byte(markdown(all, b.machine(), b.rounds)), 0o644))
}
