package dockerfile

import (
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
			trigger, err := trigger(on)
			if err != nil {
				return nil, parser.SetLocation(err, on.Location())
			}
			found[i] = append(found[i], trigger)
		}
	}
	return found, nil
}

func trigger(on *instructions.OnbuildCommand) (instructions.Command, error) {
	tree, err := parser.Parse(strings.NewReader(on.Expression))
	if err != nil {
		return nil, err
	}
	node := tree.AST.Children[0]
	at := lineOf(on.Location())
	node.StartLine, node.EndLine = at, at
	return instructions.ParseCommand(node)
}
