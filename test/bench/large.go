package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// largeModel is a repository with the Compose file of many services, and the
// binary that the launcher runs.
type largeModel struct {
	*stack
	file string
}

// largeModels compares what is done with a thousand services.
func largeModels(b *bench) ([]row, error) {
	s, err := b.prepared()
	if err != nil {
		return nil, err
	}
	plan, err := s.largePlan()
	if err != nil {
		return nil, err
	}
	idle, err := s.largeIdle()
	return []row{plan, idle}, err
}

// large is a repository of n services, apart from the stack.
func (s *stack) large(n int, text string) (*largeModel, error) {
	dir, err := os.MkdirTemp("", "spellbook-bench-")
	if err != nil {
		return nil, err
	}
	apart := *s
	apart.dir = dir
	m := &largeModel{stack: &apart, file: filepath.Join("compose", "docker-compose.yml")}
	if err := writeModel(dir, n); err != nil {
		return nil, err
	}
	return m, os.WriteFile(filepath.Join(dir, m.file), []byte(text), 0o644)
}

// sides are a target and the same by Compose.
func (m *largeModel) sides(target []string, compose []string) (ours, theirs *contender) {
	ours = m.contender("Spellbook", "mage "+strings.Join(target, " "), append([]string{m.binary}, target...)...)
	argv := append([]string{"docker", "compose", "-f", m.file, "--env-file", ".env"}, compose...)
	return ours, m.contender("Compose", strings.Join(argv, " "), argv...)
}

func (s *stack) largePlan() (r row, err error) {
	m, err := s.large(large, modelText(large))
	if err != nil {
		return row{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(m.dir)) }()
	ours, theirs := m.sides([]string{"infra:up", "-dry"}, []string{"config", "-q"})
	err = turns(s.b.rounds.model, ours, theirs)
	return row{title: fmt.Sprintf("A plan of %d services", large), sides: sides(ours, theirs),
		bounds: []bound{share(ours.side, theirs.side, 0.5), atMost("memory, not more than Compose's:", median(ours.peak), median(theirs.peak))},
		notes: []string{"`mage` is the binary that the launcher runs. It loads and validates the model, asks the engine what is there, and prints a plan of " +
			"two steps for each service; `config -q` loads and validates the model."}}, err
}

// largeIdle compares an up that finds a thousand containers as they should be.
func (s *stack) largeIdle() (r row, err error) {
	m, err := s.large(large, idleText(large))
	if err != nil {
		return row{}, err
	}
	defer func() { err = errors.Join(err, m.remove()) }()
	s.b.logf("  starting %d services", large)
	if _, err := m.must(m.binary, "infra:up", "-timeout=30m"); err != nil {
		return row{}, err
	}
	ours, theirs := m.sides([]string{"infra:up"}, []string{"up", "-d", "--wait"})
	err = turns(3, ours, theirs)
	return row{title: fmt.Sprintf("Up of %d services with nothing to do", large), sides: sides(ours, theirs),
		bounds: []bound{share(ours.side, theirs.side, 0.15)}, notes: []string{"`mage` is the binary that the launcher runs. The services have no health check and no ports."}}, err
}

func (m *largeModel) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	_, err := must(ctx, m.dir, m.env, "docker", "compose", "-f", m.file, "--env-file", ".env", "down", "-v", "--timeout", "1")
	if err != nil && keptNetwork(err.Error()) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(m.dir))
}

// idleText is a model of n services that do next to nothing.
func idleText(n int) string {
	var b strings.Builder
	b.WriteString("name: spellbook-bench-large\nservices:\n")
	for i := range n {
		fmt.Fprintf(&b, "  service-%[1]d:\n    image: ${IMAGE:-lab/service:1}\n    environment: {NAME: service-%[1]d, REGION: \"${REGION}\"}\n"+
			"    networks: [net-%[2]d]\n    stop_grace_period: 1s\n", i, i/(5*chain))
		if i%chain > 0 {
			fmt.Fprintf(&b, "    depends_on: [service-%d]\n", i-1)
		}
	}
	b.WriteString("networks:\n")
	for i := 0; i < n; i += 5 * chain {
		fmt.Fprintf(&b, "  net-%d: {}\n", i/(5*chain))
	}
	return b.String()
}
