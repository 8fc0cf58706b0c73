package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// table is rows under a head; the first column is text, numbers stand to the right.
type table struct {
	head  []string
	right []bool // by column: a number
	rows  [][]string
}

// write fits the table into width columns, by cutting the widest column of text; 0 cuts nothing.
func (t table) write(w io.Writer, width int) error {
	lines := t.lines()
	widths := widthsOf(lines)
	if over := sum(widths) + 2*(len(widths)-1) - width; width > 0 && over > 0 {
		widest := t.widest(widths)
		widths[widest] = max(widths[widest]-over, 8)
	}
	for _, row := range lines {
		var line strings.Builder
		for i, cell := range row {
			cell = fit(cell, widths[i])
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if t.right[i] {
				cell = pad + cell
			} else {
				cell += pad
			}
			line.WriteString(cell)
			line.WriteString("  ")
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// lines are head and rows, each cell on one line of its own: a group may have any name.
func (t table) lines() [][]string {
	lines := [][]string{t.head}
	for _, row := range t.rows {
		clean := make([]string, len(row))
		for i, cell := range row {
			clean[i] = strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(printable(cell))
		}
		lines = append(lines, clean)
	}
	return lines
}

func widthsOf(lines [][]string) []int {
	widths := make([]int, len(lines[0]))
	for _, row := range lines {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// widest is the column of text that can give most.
func (t table) widest(widths []int) (widest int) {
	for i, w := range widths {
		if !t.right[i] && (t.right[widest] || w > widths[widest]) {
			widest = i
		}
	}
	return widest
}

// fit cuts out the middle: names differ at their ends.
func fit(cell string, width int) string {
	runes := []rune(cell)
	if len(runes) <= width {
		return cell
	}
	tail := (width - 1) / 2
	return string(runes[:width-1-tail]) + "…" + string(runes[len(runes)-tail:])
}

func sum(list []int) (total int) {
	for _, n := range list {
		total += n
	}
	return total
}

// printable writes out what would do something to a terminal, as in Go. Line feeds and tabs stay.
func printable(text string) string {
	if !strings.ContainsFunc(text, unsafe) {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if unsafe(r) {
			out.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func unsafe(r rune) bool { return !strconv.IsPrint(r) && r != '\n' && r != '\t' }
