package plan

// Record stores the digests that make the next run a no-op.
type Record struct{}

// Describe has nothing to add to the step's name.
func (Record) Describe() string { return "" }

// Kind is record.
func (Record) Kind() string { return "record" }

// Verb is told only where it fails.
func (Record) Verb() Verb { return Verb{Doing: "recording", Done: "recorded", Silent: true} }

// Lane is the ordinary one.
func (Record) Lane() Lane { return LaneWork }

// Object is the containers, whose digests they are.
func (Record) Object() Object { return Object{Noun: containers} }

// Phase is none.
func (Record) Phase(string) string { return "" }
