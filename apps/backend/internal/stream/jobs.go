package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

// group is the consumer group that agents of one kind share.
const group = "agents"

// remember is how long a second announcement of the same thing is recognised.
const remember = 24 * 60 * 60 // seconds

// announce adds an entry to the stream KEYS[1], if this is the first time that
// KEYS[2] is announced. ARGV: seconds to remember it, limit of the stream or
// 0, then the entry's fields.
const announce = `if redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[1]) then
  local add = {'XADD', KEYS[1]}
  if ARGV[2] ~= '0' then add[3], add[4], add[5] = 'MAXLEN', '~', ARGV[2] end
  add[#add + 1] = '*'
  for i = 3, #ARGV do add[#add + 1] = ARGV[i] end
  redis.call(unpack(add))
end`

// finish announces an event as above, and takes the job ARGV[#ARGV] out of the
// stream KEYS[3]: all of it or nothing.
const finish = `local entry = table.remove(ARGV)
` + announce + `
redis.call('XACK', KEYS[3], '` + group + `', entry)
redis.call('XDEL', KEYS[3], entry)
return 1`

// history is about how many events are kept for those who come back.
const history = 10_000

func jobsKey(agent string) string { return "jobs:" + agent }

// Announce queues a new novel's jobs and tells of it. Called again for the
// same novel within a day, it does nothing.
func (c *Client) Announce(ctx context.Context, n novel.Novel, agents []string) error {
	script := redis.NewScript(announce + "\nreturn 1")
	for _, agent := range agents {
		job := novel.JobFor(n, agent)
		keys := []string{jobsKey(agent), "announced:" + job.ID}
		if err := script.Run(ctx, c.redis, keys, remember, 0, "job", encode(job)).Err(); err != nil {
			return fmt.Errorf("queue job %q: %w", job.ID, err)
		}
	}
	keys := []string{eventsKey, "announced:" + n.ID}
	if err := script.Run(ctx, c.redis, keys, remember, history, "type", "novel.created", "data", encode(n)).Err(); err != nil {
		return fmt.Errorf("publish event novel.created: %w", err)
	}
	return c.Invalidate(ctx)
}

// Queue is one agent's place in the group that shares a stream of jobs.
type Queue struct {
	client   *Client
	agent    string
	consumer string
	claim    time.Duration
}

// Delivery is a job and its entry in the stream.
type Delivery struct {
	Entry string
	Job   novel.Job
	// Err is what is wrong with an entry that is no job.
	Err error
}

// Queue joins the group of a kind of agents under a name of its own. What
// another took and did not finish within claim is delivered again.
func (c *Client) Queue(agent, consumer string, claim time.Duration) *Queue {
	return &Queue{c, agent, consumer, claim}
}

// Take waits a second at most for a job: one that another left behind, or a
// new one. nil means that there was none.
func (q *Queue) Take(ctx context.Context) (*Delivery, error) {
	left, _, err := q.client.redis.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: jobsKey(q.agent), Group: group, Consumer: q.consumer, MinIdle: q.claim, Start: "0-0", Count: 1,
	}).Result()
	if err == nil && len(left) > 0 {
		return delivery(left[0]), nil
	}
	if err != nil {
		return nil, q.join(ctx, err)
	}
	streams, err := q.client.redis.XReadGroup(ctx, &redis.XReadGroupArgs{
		Streams: []string{jobsKey(q.agent), ">"}, Group: group, Consumer: q.consumer, Count: 1, Block: patience,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, q.join(ctx, err)
	}
	return delivery(streams[0].Messages[0]), nil
}

// join makes the group where the error says that there is none: at the very
// first start, and after a Redis that lost its data.
func (q *Queue) join(ctx context.Context, err error) error {
	if !strings.HasPrefix(err.Error(), "NOGROUP") {
		return fmt.Errorf("take job of %s: %w", q.agent, err)
	}
	err = q.client.redis.XGroupCreateMkStream(ctx, jobsKey(q.agent), group, "0").Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") { // another was first
		return fmt.Errorf("join group of %s: %w", q.agent, err)
	}
	return nil
}

// Finish tells of a result once, however often its job was delivered, and
// takes the job out of the stream.
func (q *Queue) Finish(ctx context.Context, d Delivery, r novel.Result) error {
	keys := []string{eventsKey, "finished:" + d.Job.ID, jobsKey(q.agent)}
	told := map[string]string{"job_id": r.JobID, "novel_id": r.NovelID, "agent": r.Agent, "worker": r.Worker}
	err := redis.NewScript(finish).Run(ctx, q.client.redis, keys, remember, history, "type", "result.ready", "data", encode(told), d.Entry).Err()
	if err != nil {
		return fmt.Errorf("finish job %q: %w", d.Job.ID, err)
	}
	return q.client.Invalidate(ctx) // the novel counts one result more
}

// Drop takes a job that nobody can do out of the stream.
func (q *Queue) Drop(ctx context.Context, d Delivery) error {
	_, err := q.client.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.XAck(ctx, jobsKey(q.agent), group, d.Entry)
		p.XDel(ctx, jobsKey(q.agent), d.Entry)
		return nil
	})
	if err != nil {
		return fmt.Errorf("drop entry %s of %s: %w", d.Entry, q.agent, err)
	}
	return nil
}

func delivery(e redis.XMessage) *Delivery {
	d := Delivery{Entry: e.ID}
	d.Err = json.Unmarshal([]byte(field(e, "job")), &d.Job)
	if d.Err == nil && (d.Job.ID == "" || d.Job.NovelID == "") {
		d.Err = errors.New("the job has no id")
	}
	return &d
}

// encode is for values of ours, which always have a JSON form.
func encode(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
