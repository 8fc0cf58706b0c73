package plan

// Action is what a Step does. It carries its own words, so that whoever shows,
// times or queues a plan needs to know none of them; the only one that tells
// actions apart is the runner that does them.
type Action interface {
	// Describe is a few words for the plan's text; may be empty. It never
	// shows a secret.
	Describe() string
	// Kind is the action's stable name in documents. It is the same for every
	// value of the type, the zero value too.
	Kind() string
	// Verb is what progress calls it.
	Verb() Verb
	// Lane is how the engine queues it.
	Lane() Lane
	// Object is what it is done to.
	Object() Object
	// Phase is what a timeline calls it: "pull postgres:16". The service is the
	// step's, "" where it is about the whole project; the phase is "" where a
	// timeline has nothing to show.
	Phase(service string) string
}

// Verb is what an action does, in words.
type Verb struct {
	Doing, Done string // "pulling", "pulled"
	// Instant actions take no time worth a line: only their end is told.
	Instant bool
	// Silent actions are bookkeeping, told only where they fail.
	Silent bool
}

// Lane is what an action comes to for its service, by which it is queued.
type Lane int

// The lanes. LaneWork is for whatever moves no service, or several; the engine
// queues LaneCreate with it. Starts queue by themselves, as they keep the
// engine's processors busy. Waits only wait for the world to change: they take
// no slot and are cut short when the run fails.
const (
	LaneWork   Lane = iota
	LaneCreate      // containers are there
	LaneStart       // they run
	LaneReady       // waits until they are ready
	LaneExit        // waits until a one-shot has ended well
)

// Waits reports whether an action only waits.
func (l Lane) Waits() bool { return l == LaneReady || l == LaneExit }

// Object is what an action is done to.
type Object struct {
	Noun       string   // "networks", "plugin kafka": for a step that names no service
	Names      []string // by which a reader knows the things
	Containers []string // by name; a reader is told how many
	// Shared things are not the step's service's own, though it names one: an
	// image that is pulled.
	Shared bool
	Image  Image  // that is made, named or pushed
	Check  string // how readiness is tested, masked
}

// Image is an image that an action makes, names or pushes.
type Image struct {
	Ref      string   // one of its names
	Build    string   // the bake target's name; empty where none is built
	Services []string // that it is built for
}

// ActionsOf are the actions of one type in a plan, in its order.
func ActionsOf[A Action](p Plan) []A {
	var list []A
	for _, s := range p.Steps {
		if a, ok := s.Action.(A); ok {
			list = append(list, a)
		}
	}
	return list
}
