package main

import (
	"fmt"
	"strings"
)

// markdown is the whole document.
func markdown(all records, m machine, r rounds) string {
	var lines [][]string
	var text strings.Builder
	for _, p := range parts() {
		if one, measured := all[p.name]; measured {
			lines = append(lines, one.Summary...)
			fmt.Fprintf(&text, "## %s\n\nMeasured %s, load %s, by `mage bench -only=%s`.\n\n%s", p.title, one.Date, one.Load, p.name, one.Text)
		}
	}
	var b strings.Builder
	b.WriteString("# Benchmarks\n\nWritten by `mage bench`, each part with its date; every run writes its parts anew, so do not edit it.\n\n")
	b.WriteString("## Summary\n\n" + table([]string{"what", "bound", "measured", "holds"}, lines) + "\n")
	b.WriteString("## Where and how\n\n" + m.table() + "\n" + method(r) + "\n" + text.String() + about)
	return b.String()
}

// summary is a line for each bound.
func summary(rows []row) [][]string {
	var lines [][]string
	for _, r := range rows {
		for _, bound := range r.bounds {
			lines = append(lines, []string{r.title, bound.text, bound.got, verdict(bound)})
		}
	}
	return lines
}

func verdict(b bound) string {
	if b.holds {
		return "yes"
	}
	return "**no**"
}

func method(r rounds) string {
	return fmt.Sprintf("Every figure of a command is the whole process on the wall clock, from before its start to after its end. The two "+
		"sides took turns: %d rounds of the cold starts, %d of the fast commands after one that does not count, %d of the model "+
		"and of the schedule. CPU is the median of user and system time of the command and its children; the engine's own is "+
		"not in it. Memory is the median of the highest resident set of the largest of these processes; of one that has less than the benchmark itself Linux does not tell more than that. The ratio is that of the medians, of each line to the first.\n", r.cold, r.fast, r.model)
}

// tables are all rows, each with what belongs to it.
func tables(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "### %s\n\n%s\n", r.title, r.comparison())
		for _, bound := range r.bounds {
			fmt.Fprintf(&b, "- %s: %s, holds: %s\n", bound.text, bound.got, verdict(bound))
		}
		for _, note := range r.notes {
			fmt.Fprintf(&b, "- %s\n", note)
		}
		b.WriteString("\n")
		if r.table != "" {
			b.WriteString(r.table + "\n")
		}
	}
	return b.String()
}

func (r row) comparison() string {
	lines := make([][]string, 0, len(r.sides))
	for i, s := range r.sides {
		times, cpu, peak := "", "", ""
		if i > 0 {
			times = digits(ratio(s.took, r.sides[0].took)) + "×"
		}
		if len(s.cpu) > 0 {
			cpu = brief(s.cpu.median())
		}
		if highest := median(s.peak); highest < 0 {
			peak = "under " + size(-highest)
		} else if highest > 0 {
			peak = size(highest)
		}
		lines = append(lines, []string{s.name, "`" + s.command + "`", brief(s.took.median()), brief(s.took.min()), brief(s.took.max()), cpu, peak, times})
	}
	return table([]string{"what", "command", "median", "min", "max", "CPU", "memory", "ratio"}, lines)
}

// table is a Markdown table with aligned columns.
func table(head []string, lines [][]string) string {
	width := make([]int, len(head))
	all := append([][]string{head}, lines...)
	for _, line := range all {
		for i, cell := range line {
			width[i] = max(width[i], len([]rune(escape(cell))), 3)
		}
	}
	var b strings.Builder
	for n, line := range all {
		for i := range head {
			cell := escape(line[i])
			b.WriteString("| " + cell + strings.Repeat(" ", width[i]-len([]rune(cell))+1))
		}
		b.WriteString("|\n")
		if n == 0 {
			for i := range head {
				b.WriteString("|" + strings.Repeat("-", width[i]+2))
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}

func escape(cell string) string { return strings.ReplaceAll(cell, "|", `\|`) }
