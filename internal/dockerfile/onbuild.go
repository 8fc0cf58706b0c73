package dockerfile

import (
	"errors"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// triggers reads the ONBUILD instructions of all stages, each with the line
// where it stands.
func triggers(stages []instructions.Stage) (map[int][]instructions.Command, error) {
	found := map[int][]instructions.Command{}
	for i, s := range stages {
		for _, c := range s.Commands {
			on, ok := c.(*instructions.OnbuildCommand)
			if !ok {
				continue
			}
			trigger, err := trigger(on.Expression, lineOf(on.Location()))
			if err != nil {
				return nil, parser.SetLocation(err, on.Location())
			}
			found[i] = append(found[i], trigger)
		}
	}
	return found, nil
}

// trigger reads what stands after ONBUILD, which is said to stand in a line.
func trigger(expression string, at int) (instructions.Command, error) {
	tree, err := parser.Parse(strings.NewReader(expression))
	if err != nil {
		return nil, err
	}
	if len(tree.AST.Children) != 1 {
		return nil, errors.New("ONBUILD takes one instruction")
	}
	node := tree.AST.Children[0]
	node.StartLine, node.EndLine = at, at
	return instructions.ParseCommand(node)
}

// laid are an image's ONBUILD instructions, which are said to stand in a line.
// What BuildKit cannot read, it says itself.
func (i Image) laid(line int) []instructions.Command {
	var list []instructions.Command
	for _, expression := range i.OnBuild {
		if c, err := trigger(expression, line); err == nil {
			list = append(list, c)
		}
	}
	return list
}

// Declared are the names of the ARGs that the image lays upon a build.
func (i Image) Declared() []string {
	var names []string
	for _, c := range i.laid(1) {
		names = append(names, declared(c)...)
	}
	return names
}
