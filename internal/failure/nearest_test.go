package failure

import "testing"

func TestASlipOfTheFingersFindsItsWordAndAnotherWordNone(t *testing.T) {
	for word, want := range map[string]string{
		"dve": "dev", "locl": "local", "development": "dev", "tets": "test", "LAB": "lab", "qa": "", "staging": "", "loc": "local", "b": "",
	} {
		if got := Nearest(word, []string{"a", "dev", "lab", "local", "test"}); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}
