package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"
)

// projectName is the fixture's; nothing else is ever touched.
const projectName = "spellbook-bench"

// down removes all that belongs to the fixture's project.
func (s *stack) down() error {
	_, err := s.must("docker", "compose", "--progress", "plain", "down", "-v", "--remove-orphans", "--timeout", "2")
	if err == nil {
		s.started = false
	}
	return err
}

// close leaves nothing behind, also when the benchmark was stopped.
func (s *stack) close() {
	if s == nil {
		return
	}
	if s.started {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, _ = execute(ctx, s.dir, s.env, "docker", "compose", "down", "-v", "--remove-orphans", "--timeout", "2")
	}
	_ = s.lock.Unlock()
}

// ids are the IDs of all containers of the project, sorted.
func (s *stack) ids() ([]string, error) {
	o, err := s.must("docker", "compose", "ps", "-a", "-q", "--no-trunc")
	ids := strings.Fields(o.out)
	slices.Sort(ids)
	return ids, err
}

// keptByCompose fails when a plain docker compose up -d finds a container to
// change.
func (s *stack) keptByCompose() error {
	before, err := s.ids()
	if err != nil {
		return err
	}
	if _, err := s.must("docker", "compose", "up", "-d"); err != nil {
		return err
	}
	after, err := s.ids()
	if err == nil && (!slices.Equal(before, after) || len(after) == 0) {
		err = fmt.Errorf("docker compose up -d changed containers: %v, then %v", before, after)
	}
	return err
}

// answers does not take our word for it: right after infra:up, status says
// ready and every published port answers the first time it is asked.
func (s *stack) answers() error {
	o, err := s.must("scripts/mage", "infra:status", "-json")
	if err != nil {
		return err
	}
	var status struct {
		Ready    bool
		Services []struct{ URLs []string }
	}
	if err := json.Unmarshal([]byte(o.out), &status); err != nil {
		return fmt.Errorf("read infra:status -json: %w", err)
	}
	if !status.Ready {
		return errors.New("infra:status says that not all is ready")
	}
	asks := pool.New().WithErrors()
	for _, service := range status.Services {
		for _, address := range service.URLs {
			asks.Go(func() error { return answer(s.b.ctx, address) })
		}
	}
	return asks.Wait()
}

func answer(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	u.Scheme = "http"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask %s: %w", u, err)
	}
	defer func() { _ = response.Body.Close() }()
	if text, err := io.ReadAll(response.Body); err != nil || string(text) != "ok\n" {
		return fmt.Errorf("ask %s: %q, %w", u, text, err)
	}
	return nil
}
