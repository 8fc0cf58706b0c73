package docker

import (
	"slices"
	"strconv"
	"strings"
)

// Locate finds the failed step's line in the text of the Dockerfile, for
// builders that do not tell it (BuildKit before 0.9, Docker 20.10). It does
// nothing where the line is known.
func (f *BuildFailure) Locate(dockerfile string) {
	if f.Line > 0 || f.Step == "" {
		return
	}
	stages := layersOf(dockerfile)
	at := slices.IndexFunc(stages, func(s stageLines) bool { return strings.EqualFold(s.name, f.Stage) })
	if at < 0 && f.Stage == "" && len(stages) > 0 {
		at = len(stages) - 1
	}
	if at < 0 {
		return
	}
	layers := stages[at].layers
	// From the end: what comes before may be of a base image's ONBUILD.
	nth := len(layers) - 1 - (f.Of - f.Number)
	if nth >= 0 && nth < len(layers) && sameWord(layers[nth].text, f.Step) {
		f.Line = layers[nth].line
		return
	}
	for _, i := range layers { // BuildKit counts otherwise behind a linked build
		if begins, _, _ := strings.Cut(i.text, `\`); strings.HasPrefix(f.Step, strings.TrimSpace(begins)) {
			f.Line = i.line
			return
		}
	}
}

func sameWord(a, b string) bool {
	first := func(s string) string { w, _, _ := strings.Cut(strings.TrimSpace(s), " "); return w }
	return strings.EqualFold(first(a), first(b))
}

type stageLines struct {
	name   string
	layers []instructionLine
}

type instructionLine struct {
	line int
	text string
}

// layersOf are the stages of a Dockerfile with the instructions that BuildKit
// counts: FROM, RUN, COPY, ADD and WORKDIR.
func layersOf(dockerfile string) []stageLines {
	var stages []stageLines
	for _, i := range instructionsOf(dockerfile) {
		words := strings.Fields(i.text)
		switch strings.ToUpper(words[0]) {
		case "FROM":
			stages = append(stages, stageLines{name: stageName(words, len(stages)), layers: []instructionLine{i}})
		case "RUN", "COPY", "ADD", "WORKDIR":
			if last := len(stages) - 1; last >= 0 {
				stages[last].layers = append(stages[last].layers, i)
			}
		}
	}
	return stages
}

func stageName(from []string, nth int) string {
	if n := len(from); n > 2 && strings.EqualFold(from[n-2], "as") {
		return from[n-1]
	}
	return "stage-" + strconv.Itoa(nth)
}

// instructionsOf joins continued lines, and leaves comments and here-documents
// out.
func instructionsOf(dockerfile string) []instructionLine {
	var list []instructionLine
	continued, until := false, ""
	for n, line := range strings.Split(dockerfile, "\n") {
		text := strings.TrimSpace(line)
		switch {
		case until != "":
			if text == until {
				until = ""
			}
			continue
		case text == "" || strings.HasPrefix(text, "#"):
			continue
		case continued:
			list[len(list)-1].text += " " + text
		default:
			list = append(list, instructionLine{line: n + 1, text: text})
		}
		if continued = strings.HasSuffix(text, `\`); !continued {
			until = hereDocument(list[len(list)-1].text)
		}
	}
	return list
}

// hereDocument is the word that ends what follows an instruction, or "".
func hereDocument(text string) string {
	word, _, _ := strings.Cut(text, " ")
	_, rest, found := strings.Cut(text, "<<")
	if !found || !slices.Contains([]string{"RUN", "COPY", "ADD"}, strings.ToUpper(word)) {
		return ""
	}
	end, _, _ := strings.Cut(strings.TrimPrefix(rest, "-"), " ")
	return strings.Trim(end, `"'`)
}
