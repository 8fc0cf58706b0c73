package dockerfile

import (
	"slices"
	"testing"
)

func TestAVariableMayStandForWhatIsElsewhere(t *testing.T) {
	f, err := Parse("Dockerfile", []byte(`ARG HOST=https://x.example
FROM scratch
ARG HOST
ARG GIVEN=local
ARG DIR=files
ENV WHERE=${HOST}/deep
ADD ${HOST}/a /a
ADD $GIVEN /b
ADD ${DIR}/c /c
ADD ${WHERE} /d
ADD ${UNKNOWN} /e
ADD https://x.example/${DIR} /f
`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f.FilledInputs(nil), []string{"${HOST}/a", "${WHERE}"}; !slices.Equal(got, want) {
		t.Errorf("with the defaults: %v, want %v", got, want)
	}
	if got, want := f.FilledInputs(map[string]string{"GIVEN": "git@git.example:a/b", "HOST": "."}), []string{"$GIVEN"}; !slices.Equal(got, want) {
		t.Errorf("with arguments: %v, want %v", got, want)
	}
}
