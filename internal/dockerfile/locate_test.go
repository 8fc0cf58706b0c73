package dockerfile

import "testing"

func TestTheLineOfAFailedStepIsFoundInTheDockerfile(t *testing.T) {
	const text = `# syntax of old
ARG BASE=lab/base
FROM ${BASE} AS builder
WORKDIR /src
RUN echo one
# the command that fails
RUN echo "checking" && \
    # a comment in between
    ls /no/such/dir
RUN <<END
WORKDIR not one
END
RUN echo three

FROM scratch
COPY --from=builder ${WHAT} /
`
	file, err := Parse("Dockerfile", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for want, f := range map[int]Step{
		3:  {Stage: "builder", Text: "FROM lab/base", Number: 1, Of: 6},
		7:  {Stage: "builder", Text: `RUN echo "checking" &&     ls /no/such/dir`, Number: 4, Of: 6},
		13: {Stage: "builder", Text: "RUN echo three", Number: 6, Of: 6},
		16: {Stage: "stage-1", Text: "COPY --from=builder /out /", Number: 1, Of: 1},
		5:  {Stage: "builder", Text: "RUN echo one", Number: 1, Of: 6}, // counted otherwise
		0:  {Stage: "gone", Text: "RUN echo one", Number: 1, Of: 1},
	} {
		if got := file.Locate(f); got != want {
			t.Errorf("%s: got %d, want %d", f.Text, got, want)
		}
	}
}
