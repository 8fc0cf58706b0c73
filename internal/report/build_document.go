package report

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/jsondoc"
)

// MarshalJSON writes lists that are empty as [], never as null.
func (r BuildReport) MarshalJSON() ([]byte, error) {
	type document BuildReport
	r.Builds, r.Failures = jsondoc.List(r.Builds), jsondoc.List(r.Failures)
	return jsondoc.Marshal(document(r))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (b Built) MarshalJSON() ([]byte, error) {
	type document Built
	b.Services, b.Tags, b.Steps = jsondoc.List(b.Services), jsondoc.List(b.Tags), jsondoc.List(b.Steps)
	return jsondoc.Marshal(document(b))
}

// MarshalJSON writes lists that are empty as [], never as null, and the end of
// the output.
func (f BuildFailed) MarshalJSON() ([]byte, error) {
	type document BuildFailed
	f.Services, f.Excerpt, f.Output = jsondoc.List(f.Services), jsondoc.List(f.Excerpt), jsondoc.List(f.Output)
	f.Output = f.Output[max(0, len(f.Output)-logLines):]
	return jsondoc.Marshal(document(f))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (p BuildPlan) MarshalJSON() ([]byte, error) {
	type document BuildPlan
	p.Builds = jsondoc.List(p.Builds)
	return jsondoc.Marshal(document(p))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (b PlannedBuild) MarshalJSON() ([]byte, error) {
	type document PlannedBuild
	b.Services, b.Tags = jsondoc.List(b.Services), jsondoc.List(b.Tags)
	return jsondoc.Marshal(document(b))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (i Images) MarshalJSON() ([]byte, error) {
	type document Images
	i.Images = jsondoc.List(i.Images)
	return jsondoc.Marshal(document(i))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (i Image) MarshalJSON() ([]byte, error) {
	type document Image
	i.Tags, i.UsedBy = jsondoc.List(i.Tags), jsondoc.List(slices.Sorted(slices.Values(i.UsedBy)))
	return jsondoc.Marshal(document(i))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (e Explanation) MarshalJSON() ([]byte, error) {
	type document Explanation
	e.Services, e.Changes = jsondoc.List(e.Services), jsondoc.List(e.Changes)
	return jsondoc.Marshal(document(e))
}

// MarshalJSON leaves out the values of secrets.
func (c Change) MarshalJSON() ([]byte, error) {
	type document Change
	c.How = c.how()
	if c.Secret {
		c.Old, c.New = "", ""
	}
	return jsondoc.Marshal(document(c))
}
