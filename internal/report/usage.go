package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/infinitescribe/spellbook/internal/jsondoc"
	"github.com/infinitescribe/spellbook/internal/units"
)

// Usage is what one container takes, a row of infra:stats. Sizes are in bytes.
type Usage struct {
	Service      string  `json:"service"`
	Container    string  `json:"container"`
	CPUPercent   float64 `json:"cpu_percent"` // of one core
	MemoryBytes  uint64  `json:"memory_bytes"`
	MemoryLimit  uint64  `json:"memory_limit_bytes"`
	NetworkIn    uint64  `json:"network_in_bytes"`
	NetworkOut   uint64  `json:"network_out_bytes"`
	DiskRead     uint64  `json:"disk_read_bytes"`
	DiskWritten  uint64  `json:"disk_written_bytes"`
	Processes    uint64  `json:"processes"`
	ServiceLabel string  `json:"-"` // what the table says: the service, or one replica
}

// Stats is the document of infra:stats -json.
type Stats struct {
	Version    int     `json:"version"`
	Project    string  `json:"project"`
	Containers []Usage `json:"containers"`
	Error      string  `json:"error,omitempty"` // nothing is known of the containers
	ExitCode   int     `json:"exit_code,omitempty"`
}

// ErrorDocument is the document of a target that came to an end before it had
// anything else to tell, where its own document has no form without that.
type ErrorDocument struct {
	Version  int    `json:"version"`
	Project  string `json:"project"`
	Error    string `json:"error"`
	ExitCode int    `json:"exit_code"`
}

// MarshalJSON writes lists that are empty as [], never as null.
func (s Stats) MarshalJSON() ([]byte, error) {
	type document Stats
	s.Containers = jsondoc.List(s.Containers)
	return jsondoc.Marshal(document(s))
}

// UsageTable writes a row a container, in one Write. Where o.Width has no room
// for all columns it leaves out the last ones.
func UsageTable(w io.Writer, o Options, rows []Usage) error {
	table := [][]string{{"SERVICE", "CPU", "MEMORY", "LIMIT", "MEM %", "NET IN", "NET OUT", "DISK READ", "WRITTEN", "PIDS"}}
	for _, r := range rows {
		table = append(table, []string{Clean(r.ServiceLabel), fmt.Sprintf("%.1f%%", r.CPUPercent),
			units.Binary(r.MemoryBytes), units.Binary(r.MemoryLimit), share(r.MemoryBytes, r.MemoryLimit),
			units.Decimal(int64(r.NetworkIn)), units.Decimal(int64(r.NetworkOut)), units.Decimal(int64(r.DiskRead)), units.Decimal(int64(r.DiskWritten)),
			fmt.Sprint(r.Processes)})
	}
	_, err := io.WriteString(w, aligned(table, o.WithDefaults().Width))
	return err
}

// aligned pads columns, the first to the left, numbers to the right, as many as
// there is room for.
func aligned(table [][]string, room int) string {
	widths := make([]int, len(table[0]))
	for _, row := range table {
		for i, cell := range row {
			widths[i] = max(widths[i], Columns(cell))
		}
	}
	widths = fitting(widths, room)
	var b strings.Builder
	for _, row := range table {
		b.WriteString(Pad(Cut(row[0], widths[0]), widths[0]))
		for i, cell := range row[1:len(widths)] {
			b.WriteString("  " + strings.Repeat(" ", widths[i+1]-Columns(cell)) + cell)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// fitting leaves out the last columns until the rest fits, but the first two;
// then it makes the first one narrower.
func fitting(widths []int, room int) []int {
	total := -gap
	for _, n := range widths {
		total += n + gap
	}
	for total > room && len(widths) > 2 {
		total -= gap + widths[len(widths)-1]
		widths = widths[:len(widths)-1]
	}
	widths[0] = max(1, min(widths[0], widths[0]+room-total))
	return widths
}

func share(part, whole uint64) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f%%", float64(part)/float64(whole)*100)
}
