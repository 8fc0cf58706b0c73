package dockerfile

import "testing"

func TestAnInstructionIsAllItsLines(t *testing.T) {
	f, err := Parse("Dockerfile", []byte("FROM a\n# why\nRUN one && \\\n    # a comment within\n    two\nCOPY a b\n"))
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[int][2]int{1: {1, 1}, 2: {2, 2}, 3: {3, 5}, 5: {3, 5}, 6: {6, 6}, 9: {9, 9}} {
		if from, to := f.Instruction(line); from != want[0] || to != want[1] {
			t.Errorf("line %d is of lines %d to %d, want %v", line, from, to, want)
		}
	}
}
