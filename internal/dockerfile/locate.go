package dockerfile

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// Step is an instruction as a builder names it.
type Step struct {
	Stage      string // "stage-1" where it has no name; "" is the last one
	Text       string
	Number, Of int // of the stage's instructions that make something, FROM included
}

// Locate is the first line of a step, for builders that do not tell it (BuildKit
// before 0.9, Docker 20.10); 0 where no instruction is that step.
func (f *File) Locate(s Step) int {
	at := -1
	for i, stage := range f.stages {
		if strings.EqualFold(stageName(stage, i), s.Stage) || s.Stage == "" {
			at = i
		}
	}
	if at < 0 {
		return 0
	}
	layers := layersOf(f.stages[at])
	// From the end: what comes before may be of a base image's ONBUILD.
	if nth := len(layers) - 1 - (s.Of - s.Number); nth >= 0 && nth < len(layers) && strings.EqualFold(firstWord(layers[nth].text), firstWord(s.Text)) {
		return layers[nth].line
	}
	for _, l := range layers { // BuildKit counts otherwise behind a linked build
		if begins, _, _ := strings.Cut(l.text, `\`); strings.HasPrefix(s.Text, strings.TrimSpace(begins)) {
			return l.line
		}
	}
	return 0
}

type layer struct {
	line int
	text string
}

// layersOf are the instructions of a stage that BuildKit counts.
func layersOf(stage instructions.Stage) []layer {
	layers := []layer{{lineOf(stage.Location), stage.SourceCode}}
	for _, c := range stage.Commands {
		switch c.(type) {
		case *instructions.RunCommand, *instructions.CopyCommand, *instructions.AddCommand, *instructions.WorkdirCommand:
			layers = append(layers, layer{lineOf(c.Location()), fmt.Sprint(c)})
		}
	}
	return layers
}

func stageName(stage instructions.Stage, nth int) string {
	if stage.Name != "" {
		return stage.Name
	}
	return "stage-" + strconv.Itoa(nth)
}

func firstWord(text string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return word
}
