package sdk

// change is what became of a resource.
type change int

const (
	created change = iota + 1
	existed
	updated
	deleted
)

type progress struct {
	text        string
	done, total uint64
}

type resource struct {
	kind, name string
	change     change
}

type event struct {
	progress *progress
	resource *resource
}

func (r *Run) tell(e event) {
	if r.send != nil {
		r.send(e)
	}
}

func (r *Run) resource(kind, name string, c change) {
	r.tell(event{resource: &resource{kind: kind, name: name, change: c}})
}
