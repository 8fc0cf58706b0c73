package peers_test

import (
	"database/sql"
	"fmt"
	"net"
	"testing"
	"time"

	_ "github.com/lib/pq"
	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

// dockertest knows no Compose files: what they say is said once more here, and readiness is the test's own loop.
func TestDockertest(t *testing.T) {
	began := time.Now()
	pool, err := dockertest.NewPool("")
	if err != nil {
		t.Fatal(err)
	}
	run := func(o dockertest.RunOptions) *dockertest.Resource {
		r, err := pool.RunWithOptions(&o, func(c *docker.HostConfig) { c.AutoRemove = true })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = pool.Purge(r) })
		return r
	}
	volume := fmt.Sprintf("sbbench-dockertest-%d", began.UnixNano())
	t.Cleanup(func() { _ = pool.Client.RemoveVolume(volume) }) // which Purge does not
	postgres := run(dockertest.RunOptions{Repository: "lab/postgres", Tag: "15", Env: []string{"POSTGRES_PASSWORD=bench"}, Mounts: []string{volume + ":/var/lib/postgresql/data"}})
	redis := run(dockertest.RunOptions{Repository: "lab/redis", Tag: "7.0"})
	err = pool.Retry(func() error {
		db, err := sql.Open("postgres", "postgres://postgres:bench@"+postgres.GetHostPort("5432/tcp")+"/postgres?sslmode=disable")
		if err != nil {
			return err
		}
		defer db.Close()
		return db.Ping()
	})
	if err != nil {
		t.Fatal(err)
	}
	err = pool.Retry(func() error {
		c, err := net.Dial("tcp", redis.GetHostPort("6379/tcp"))
		if err == nil {
			_ = c.Close()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready", time.Since(began).Milliseconds())
}
