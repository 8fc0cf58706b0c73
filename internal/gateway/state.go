package gateway

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Observed is what a running gateway says of itself.
type Observed struct {
	Servers     []ServerState // in the order of the configuration
	Maintenance bool
}

// ServerState is a slot as HAProxy has it now.
type ServerState struct {
	Backend string
	Slot    string // a or b

	Name string // the name it is resolved from; "" for a slot that never had one
	IP   string // "" while Name is not resolved
	Port int

	Ready    bool          // gets requests, if Up
	Draining bool          // gets no new ones and is checked; neither of both: gets none and is not checked
	Up       bool          // the last check that counts was well; without IP it is not
	Check    string        // HAProxy's word for it: L4OK, L7OK, L7STS/500, L4CON …; "" before the first
	Detail   string        // what the check saw: "Connection refused"
	Sessions int           // requests and streams that are open, WebSockets and TCP connections included
	Since    time.Duration // of the last change between up and down; resolution 1s
}

// At reports whether the slot leads to NAME:PORT.
func (s ServerState) At(address string) bool { return fmt.Sprintf("%s:%d", s.Name, s.Port) == address }

// resolved reports whether the slot leads to an address that a host may have.
func (s ServerState) resolved() bool { return s.IP != "" && s.IP != reserved }

func (s ServerState) slot() slot { return slot{s.Backend, s.Slot} }

// State reads both of HAProxy's own lists: only one has the sessions, only the other the names.
func (r Runtime) State(ctx context.Context) (Observed, error) {
	stats, err := r.exchange(ctx, "show stat\n")
	if err != nil {
		return Observed{}, err
	}
	servers, err := r.exchange(ctx, "show servers state\n")
	if err != nil {
		return Observed{}, err
	}
	return parseState(stats, servers)
}

// Slot is the state of one, or the zero value.
func (o Observed) Slot(backend, name string) ServerState {
	for _, s := range o.Servers {
		if s.slot() == (slot{backend, name}) {
			return s
		}
	}
	return ServerState{}
}

// The administrative states of `show servers state` that say maintenance, drain and a name that is not resolved.
const (
	adminMaint      = 0x01 | 0x02
	adminDrain      = 0x08 | 0x10
	adminUnresolved = 0x20
)

func parseState(stats, servers string) (Observed, error) {
	var o Observed
	rows, err := table(servers, ' ', "be_name", "srv_name", "srv_fqdn", "srv_addr", "srv_port", "srv_op_state", "srv_admin_state")
	if err != nil {
		return o, fmt.Errorf("gateway: show servers state: %w", err)
	}
	byStat, err := statRows(stats)
	if err != nil {
		return o, fmt.Errorf("gateway: show stat: %w", err)
	}
	for _, row := range rows {
		if row["be_name"] == "maintenance" {
			admin, _ := strconv.Atoi(row["srv_admin_state"])
			o.Maintenance = admin&adminMaint == 0
			continue
		}
		o.Servers = append(o.Servers, serverState(row, byStat[slot{row["be_name"], row["srv_name"]}]))
	}
	return o, nil
}

func serverState(row, stat map[string]string) ServerState {
	number := func(text string) int { n, _ := strconv.Atoi(text); return n }
	admin := number(row["srv_admin_state"])
	s := ServerState{
		Backend: row["be_name"], Slot: row["srv_name"], Port: number(row["srv_port"]),
		Ready: admin&(adminMaint|adminDrain) == 0, Draining: admin&adminMaint == 0 && admin&adminDrain != 0,
		Check: strings.TrimPrefix(stat["check_status"], "* "), Detail: stat["last_chk"],
		Sessions: number(stat["scur"]), Since: time.Duration(number(stat["lastchg"])) * time.Second,
	}
	if row["srv_fqdn"] != "-" {
		s.Name = row["srv_fqdn"]
	}
	if row["srv_addr"] != "-" && admin&adminUnresolved == 0 {
		s.IP = row["srv_addr"]
	}
	// 2 is running; 0 stopped, 1 starting, 3 stopping.
	s.Up = s.resolved() && number(row["srv_op_state"]) == 2 && (s.Ready || s.Draining)
	if code := stat["check_code"]; code != "" && code != "0" && strings.HasPrefix(s.Check, "L7") {
		s.Check += "/" + code
	}
	return s
}

func statRows(stats string) (map[slot]map[string]string, error) {
	rows, err := table(stats, ',', "pxname", "svname", "scur", "lastchg", "check_status", "check_code", "last_chk")
	if err != nil {
		return nil, err
	}
	all := map[slot]map[string]string{}
	for _, row := range rows {
		all[slot{row["pxname"], row["svname"]}] = row
	}
	return all, nil
}

// table reads rows by the names of the header, which begins with '# ' and may
// follow a line that is only a version number. Versions add columns.
func table(text string, comma rune, need ...string) ([]map[string]string, error) {
	_, text, found := strings.Cut(text, "# ")
	if !found {
		return nil, fmt.Errorf("no header in %.80q", text)
	}
	reader := csv.NewReader(strings.NewReader(strings.TrimSpace(text)))
	reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = comma, -1, comma == ' '
	lines, err := reader.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, errors.New("nothing below '# '")
	}
	header := map[string]bool{}
	for _, name := range lines[0] {
		header[name] = true
	}
	for _, name := range need {
		if !header[name] {
			return nil, fmt.Errorf("no column %q", name)
		}
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, value := range line[:min(len(line), len(lines[0]))] {
			row[lines[0][i]] = value
		}
		rows = append(rows, row)
	}
	return rows, nil
}
