package dev_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestMigrationsMayRunTwiceAndSeveralAtOnce(t *testing.T) {
	t.Parallel()
	b := newBackend(t)
	b.docker("up", "-d", "--wait", "postgres")
	outputs := make([]string, 4)
	var wait sync.WaitGroup
	for i := range outputs {
		wait.Go(func() {
			out, err := b.command("run", "--rm", "-T", "migrate").CombinedOutput()
			if outputs[i] = string(out); err != nil {
				t.Errorf("one of four: %v\n%s", err, out)
			}
		})
	}
	wait.Wait()
	rows := b.sql("SELECT count(*) FROM schema_migrations")
	if applied := strings.Count(strings.Join(outputs, ""), `"migration applied"`); fmt.Sprint(applied) != rows || applied == 0 {
		t.Errorf("%d migrations were applied and %s recorded\n%s", applied, rows, outputs)
	}
	if out := b.docker("run", "--rm", "-T", "migrate"); !strings.Contains(out, `"applied":0`) {
		t.Errorf("the second time: %s", out)
	}
	b.sql("UPDATE schema_migrations SET checksum = 'other' WHERE version = 1")
	out, err := b.command("run", "--rm", "-T", "migrate").CombinedOutput()
	if exitOf(err) != 1 || !strings.Contains(string(out), "0001_novels was changed after it had been applied") {
		t.Errorf("a changed migration: %v\n%s", err, out)
	}
}

func TestEveryJobIsDoneOnceThoughAnAgentIsKilledWithOne(t *testing.T) {
	t.Parallel()
	const novels = 20
	b := newBackend(t, "AGENT_WORK=1s", "AGENT_CLAIM_AFTER=5s")
	b.docker("up", "-d", "--wait", "--scale", "agent-worldsmith=2", "api-gateway", "agent-worldsmith", "agent-plotmaster")
	for i := range novels {
		var novel struct{ ID string }
		b.call("POST", "/novels", fmt.Sprintf(`{"title":"Volume %d"}`, i), &novel)
	}
	killed, job := b.killAnAgentInTheMiddle()
	var list novelList
	stacktest.Eventually(t, "all jobs are done", func() bool {
		b.call("GET", "/novels", "", &list)
		done := 0
		for _, n := range list.Novels {
			done += n.Results
		}
		return done >= 2*novels
	})
	if worker := b.sql("SELECT worker FROM results WHERE job_id = '" + job + "'"); worker == killed || worker == "" {
		t.Errorf("the job of the killed agent %s was done by %q", killed, worker)
	}
	b.deliverAgain(list.Novels[0].ID)
	stacktest.Eventually(t, "the streams are empty", func() bool {
		return b.redis("XLEN", "jobs:agent-worldsmith")+b.redis("XLEN", "jobs:agent-plotmaster") == "00"
	})
	if got := b.sql("SELECT count(*), count(DISTINCT job_id), min(n.results), max(n.results) FROM results r JOIN novels n ON n.id = r.novel_id"); got != "40|40|2|2" {
		t.Errorf("results, jobs, least and most of a novel: %s", got)
	}
	told := strings.Count(b.redis("XRANGE", "events", "-", "+"), "result.ready")
	if told != 2*novels {
		t.Errorf("%d results were told of, of %d", told, 2*novels)
	}
	if workers := b.sql("SELECT count(DISTINCT worker) FROM results WHERE agent = 'agent-worldsmith'"); workers != "2" {
		t.Errorf("%s agents shared the work", workers)
	}
}

// killAnAgentInTheMiddle kills the first of two, and returns its name and the
// job that it then had in hand.
func (b *backend) killAnAgentInTheMiddle() (worker, job string) {
	b.T.Helper()
	id := b.container("agent-worldsmith", 1)
	worker = id[:12]
	stacktest.Eventually(b.T, "the agent has done a job", func() bool {
		return b.sql("SELECT count(*) FROM results WHERE worker = '"+worker+"'") != "0"
	})
	for range 5 {
		stacktest.Docker(b.T, "kill", "--signal", "KILL", id)
		entry, _, found := strings.Cut(b.redis("XPENDING", "jobs:agent-worldsmith", "agents", "-", "+", "10", worker), "\n")
		if found {
			text := b.redis("XRANGE", "jobs:agent-worldsmith", entry, entry)
			_, text, _ = strings.Cut(text, `"job_id":"`)
			job, _, _ = strings.Cut(text, `"`)
			return worker, job
		}
		stacktest.Docker(b.T, "start", id) // it was killed between two jobs: once more
	}
	b.T.Fatal("the agent never had a job in hand")
	return "", ""
}

// deliverAgain puts a job that was done into the stream a second time.
func (b *backend) deliverAgain(novel string) {
	b.T.Helper()
	job := fmt.Sprintf(`{"job_id":"%[1]s:agent-worldsmith","novel_id":"%[1]s","agent":"agent-worldsmith","title":"again"}`, novel)
	b.redis("XADD", "jobs:agent-worldsmith", "*", "job", job)
	b.redis("XADD", "jobs:agent-plotmaster", "*", "job", "this is no job")
}
