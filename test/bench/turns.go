package main

import "fmt"

// contender is a side and how to run it once.
type contender struct {
	side
	run func() (outcome, error)
}

// contender is the run of a command line that has to exit 0.
func (s *stack) contender(name, command string, argv ...string) *contender {
	return &contender{side: side{name: name, command: command}, run: func() (outcome, error) { return s.must(argv...) }}
}

// turns runs all in turn: one round that does not count, then n that do.
func turns(n int, all ...*contender) error {
	for round := range n + 1 {
		for _, c := range all {
			o, err := c.run()
			if err != nil {
				return fmt.Errorf("%s: %w", c.command, err)
			}
			if round > 0 {
				c.add(o)
			}
		}
	}
	return nil
}

func sides(all ...*contender) []side {
	list := make([]side, 0, len(all))
	for _, c := range all {
		list = append(list, c.side)
	}
	return list
}
