package report

import "slices"

// MarshalJSON writes lists that are empty as [], never as null.
func (r BuildReport) MarshalJSON() ([]byte, error) {
	type document BuildReport
	r.Builds, r.Failures = list(r.Builds), list(r.Failures)
	return marshal(document(r))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (b Built) MarshalJSON() ([]byte, error) {
	type document Built
	b.Services, b.Tags, b.Steps = list(b.Services), list(b.Tags), list(b.Steps)
	return marshal(document(b))
}

// MarshalJSON writes lists that are empty as [], never as null, and the end of
// the output.
func (f BuildFailed) MarshalJSON() ([]byte, error) {
	type document BuildFailed
	f.Services, f.Excerpt, f.Output = list(f.Services), list(f.Excerpt), list(f.Output)
	f.Output = f.Output[max(0, len(f.Output)-logLines):]
	return marshal(document(f))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (p BuildPlan) MarshalJSON() ([]byte, error) {
	type document BuildPlan
	p.Builds = list(p.Builds)
	return marshal(document(p))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (b PlannedBuild) MarshalJSON() ([]byte, error) {
	type document PlannedBuild
	b.Services, b.Tags = list(b.Services), list(b.Tags)
	return marshal(document(b))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (i Images) MarshalJSON() ([]byte, error) {
	type document Images
	i.Images = list(i.Images)
	return marshal(document(i))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (i Image) MarshalJSON() ([]byte, error) {
	type document Image
	i.Tags, i.UsedBy = list(i.Tags), list(slices.Sorted(slices.Values(i.UsedBy)))
	return marshal(document(i))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (e Explanation) MarshalJSON() ([]byte, error) {
	type document Explanation
	e.Services, e.Changes = list(e.Services), list(e.Changes)
	return marshal(document(e))
}

// MarshalJSON leaves out the values of secrets.
func (c Change) MarshalJSON() ([]byte, error) {
	type document Change
	c.How = c.how()
	if c.Secret {
		c.Old, c.New = "", ""
	}
	return marshal(document(c))
}
