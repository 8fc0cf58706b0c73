package plan

// RunOnServer has the server's shell run a line as root.
type RunOnServer struct {
	step

	Line  string
	Typed string // what it comes to, for people
}

// Kind is run_on_server.
func (RunOnServer) Kind() string { return "run_on_server" }

// Verb is to run.
func (RunOnServer) Verb() Verb { return Verb{Doing: "running", Done: "done"} }

// Object is the line.
func (a RunOnServer) Object() Object { return Object{Noun: "server", Names: []string{a.Typed}} }
