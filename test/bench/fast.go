package main

import (
	"fmt"
	"strings"
	"time"
)

const nothing = "nothing to do"

// settled brings the stack up and lets Docker's own timers come round, so that
// both sides meet containers that the engine itself calls healthy.
func (b *bench) settled() (*stack, error) {
	s, err := b.prepared()
	if err != nil {
		return nil, err
	}
	s.extra = nil
	if o, err := s.must("scripts/mage", "infra:up"); err != nil || strings.Contains(o.out, nothing) {
		return s, err
	}
	b.logf("  waiting for Docker's own health checks")
	s.started = true
	if _, err := s.must("docker", "compose", "up", "-d", "--wait"); err != nil {
		return nil, err
	}
	o, err := s.must("scripts/mage", "infra:up")
	if err == nil && !strings.Contains(o.out, nothing) {
		err = fmt.Errorf("the second infra:up found something to do:\n%s", tail(o.all))
	}
	return s, err
}

// lasting are the services that stay up: all but the migration, and Prefect,
// which waits for it.
var lasting = strings.Fields("postgres neo4j redis kafka maildev etcd minio milvus api-gateway agent-worldsmith")

// noop compares an up that finds everything as it should be.
func noop(b *bench) ([]row, error) {
	s, err := b.settled()
	if err != nil {
		return nil, err
	}
	all, err := s.noop("Up with nothing to do", 50, nil, nil,
		"All 12 services were up and, in the engine's own words, healthy. Compose runs the migration again at every up, "+
			"which takes its time; Spellbook does not, because it went well and nothing changed.")
	if err != nil {
		return nil, err
	}
	some, err := s.noop("Up with nothing to do, without the migration", 30, []string{"-services=" + strings.Join(lasting, ",")}, lasting,
		"The ten services that stay up and do not wait for the migration, named on both command lines.")
	return []row{all, some}, err
}

func (s *stack) noop(title string, times float64, ourArgs, theirArgs []string, note string) (row, error) {
	ourLine := append([]string{"scripts/mage", "infra:up"}, ourArgs...)
	theirLine := append([]string{"docker", "compose", "up", "-d", "--wait"}, theirArgs...)
	ours := s.contender("Spellbook", strings.Join(ourLine, " "), ourLine...)
	theirs := s.contender("Compose", strings.Join(theirLine, " "), theirLine...)
	err := turns(s.b.rounds.fast, ours, theirs)
	return row{title: title, sides: sides(ours, theirs), bounds: []bound{faster(ours.side, theirs.side, times)},
		notes: []string{note, "Both commands exited 0 in every round."}}, err
}

// status compares a look at the stack.
func status(b *bench) ([]row, error) {
	s, err := b.settled()
	if err != nil {
		return nil, err
	}
	ours := s.contender("Spellbook", "scripts/mage infra:status", "scripts/mage", "infra:status")
	theirs := s.contender("Compose", "docker compose ps", "docker", "compose", "ps")
	if err := turns(b.rounds.fast, ours, theirs); err != nil {
		return nil, err
	}
	return []row{{title: "Status", sides: sides(ours, theirs), bounds: []bound{faster(ours.side, theirs.side, 2.5)}}}, nil
}

// launcher compares three ways to run a target that does next to nothing.
func launcher(b *bench) ([]row, error) {
	s, err := b.prepared()
	if err != nil {
		return nil, err
	}
	ours := s.contender("Launcher", "scripts/mage -l", "scripts/mage", "-l")
	mage := s.contender("Mage", "mage -l", s.mage, "-l")
	bare := s.contender("The binary alone", "the binary that the launcher runs, with -l", s.binary, "-l")
	if err := turns(b.rounds.fast, ours, mage, bare); err != nil {
		return nil, err
	}
	over := ours.took.median() - bare.took.median()
	return []row{{title: "The launcher, warm", sides: sides(ours, mage, bare),
		bounds: []bound{faster(ours.side, mage.side, 5), under("over the binary alone", over, 30*time.Millisecond)},
		notes: []string{"`mage` is Mage's own command, compiled from the version that go.mod names. It runs `go build` at every call; " +
			"the launcher compares the times of the sources and becomes the binary."},
	}}, nil
}
