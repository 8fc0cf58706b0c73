package report

import (
	"github.com/infinitescribe/spellbook/internal/jsondoc"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// Plan is the document of infra:up -dry -json.
type Plan struct {
	Version     int        `json:"version"`
	Project     string     `json:"project"`
	Environment string     `json:"environment,omitempty"`
	Steps       []PlanStep `json:"steps"`
	Error       string     `json:"error,omitempty"` // there is no plan
	ExitCode    int        `json:"exit_code,omitempty"`
}

// PlanStep is one step, in an order in which they could run one by one.
type PlanStep struct {
	ID      string      `json:"id"`
	Service string      `json:"service,omitempty"`
	Cause   string      `json:"cause,omitempty"`
	Action  string      `json:"action"` // its kind
	After   []PlanArrow `json:"after"`
}

// PlanArrow is a step that must have ended before; an optional one with
// whatever outcome.
type PlanArrow struct {
	ID        string `json:"id"`
	Condition string `json:"condition,omitempty"`
	Optional  bool   `json:"optional"`
}

// MarshalJSON writes lists that are empty as [], never as null.
func (p Plan) MarshalJSON() ([]byte, error) {
	type document Plan
	p.Steps = jsondoc.List(p.Steps)
	return jsondoc.Marshal(document(p))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (s PlanStep) MarshalJSON() ([]byte, error) {
	type document PlanStep
	s.After = jsondoc.List(s.After)
	return jsondoc.Marshal(document(s))
}

// PlanSteps are the steps of a plan for its document.
func PlanSteps(p plan.Plan) []PlanStep {
	steps := make([]PlanStep, 0, len(p.Steps))
	for _, s := range p.Steps {
		step := PlanStep{ID: string(s.ID), Service: s.Service, Cause: s.Cause, Action: s.Action.Kind()}
		for _, e := range s.After {
			step.After = append(step.After, PlanArrow{ID: string(e.ID), Condition: e.Condition, Optional: e.Soft})
		}
		steps = append(steps, step)
	}
	return steps
}
