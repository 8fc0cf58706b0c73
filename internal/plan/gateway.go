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

// ReplaceCertificate gives the gateway another certificate and its key.
type ReplaceCertificate struct {
	step

	Names []string // that it is for
}

// Kind is replace_certificate.
func (ReplaceCertificate) Kind() string { return "replace_certificate" }

// Verb is to replace.
func (ReplaceCertificate) Verb() Verb { return Verb{Doing: "replacing", Done: "replaced"} }

// Object is the certificate.
func (a ReplaceCertificate) Object() Object { return Object{Noun: "certificate", Names: a.Names} }
