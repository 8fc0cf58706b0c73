package plan

// SetMaintenance has the gateway answer 503 with a page, or the application again.
type SetMaintenance struct {
	step

	On bool
}

// Kind is set_maintenance.
func (SetMaintenance) Kind() string { return "set_maintenance" }

// Verb is to turn on or off.
func (a SetMaintenance) Verb() Verb {
	if a.On {
		return Verb{Doing: "turning on", Done: "on"}
	}
	return Verb{Doing: "turning off", Done: "off"}
}

// Object is the gateway's maintenance.
func (SetMaintenance) Object() Object {
	return Object{Noun: "maintenance", Names: []string{"maintenance"}}
}
