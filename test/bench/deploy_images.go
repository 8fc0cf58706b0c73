package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// parcel is a repository of one service whose image is large, and a server that has
// its first release.
type parcel struct {
	*devserver

	repository, binary string
	env                []string
}

const parcelFile = `name: bench
services:
  app:
    image: sbbench/app:1
    x-spellbook: {role: app}
    ports: ["${PORT:-8000}:8080"]
    stop_grace_period: 1s
    restart: unless-stopped
    healthcheck: {test: [CMD, /service, health, tcp], interval: "${INTERVAL:-10s}", timeout: 5s, retries: 5}
`

// parcel makes both, with layers of these sizes below the one that changes.
func (b *bench) parcel(layers ...int64) (*parcel, error) {
	server, err := b.devserver()
	if err != nil {
		return nil, err
	}
	p := &parcel{devserver: server, repository: filepath.Join(server.dir, "repository"), binary: filepath.Join(server.dir, "mage"),
		env: append(without(environment(os.Environ()), "PATH"), server.path())}
	if _, err := must(b.ctx, b.root, os.Environ(), "go", "tool", "mage", "-compile", p.binary); err != nil {
		p.close()
		return nil, err
	}
	for name, text := range map[string]string{"compose/docker-compose.yml": parcelFile, "env/.env.bench": server.settings(), "go.mod": "module bench\n"} {
		path := filepath.Join(p.repository, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			p.close()
			return nil, err
		}
	}
	base := "FROM lab/base:bookworm AS random\n"
	last := "FROM lab/service:1\n"
	for i, n := range layers {
		base += fmt.Sprintf("RUN head -c %d /dev/urandom >/%d\n", n, i)
		last += fmt.Sprintf("COPY --from=random /%d /%d\n", i, i)
	}
	if err := p.build("sbbench/base:1", base+last, nil); err != nil {
		p.close()
		return nil, err
	}
	return p, p.change()
}

// change makes another image: 100 KB that are random, on the same layers.
func (p *parcel) change() error {
	small := make([]byte, 100_000)
	_, _ = rand.Read(small)
	return p.build("sbbench/app:1", "FROM sbbench/base:1\nCOPY small /small\n", small)
}

func (p *parcel) build(tag, dockerfile string, small []byte) error {
	dir, err := os.MkdirTemp(p.dir, "context")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(dockerfile), 0o600), os.WriteFile(filepath.Join(dir, "small"), small, 0o600)); err != nil {
		return err
	}
	_, err = must(p.b.ctx, dir, p.env, "docker", "build", "--quiet", "--tag", tag, ".")
	return err
}

// close removes the images too.
func (p *parcel) close() {
	p.devserver.close()
	for _, tag := range []string{"sbbench/app:1", "sbbench/base:1"} {
		_, _ = execute(p.b.ctx, p.b.root, os.Environ(), "docker", "image", "rm", "--force", tag)
	}
}

// deploy is mage deploy:to bench -yes.
func (p *parcel) deploy(variables ...string) (shipment, error) {
	return p.ship(p.repository, append(slices.Clone(p.env), variables...), p.binary, "deploy:to", "bench", "-yes")
}

// layer is how many bytes the changed layer has as it is stored: random bytes, and
// the headers of an archive.
const layer = 100_000 + 2560

// transfers compares a change of 100 KB in an image of 230 MB, over loopback and
// over a line of 100 Mbit/s.
func transfers(b *bench) ([]row, error) {
	p, err := b.parcel(150_000_000, 74_000_000)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if _, err := p.deploy(); err != nil {
		return nil, err
	}
	fast, err := p.compared("A change of 100 KB in an image of 230 MB, to the switch", "10s", 6)
	if err != nil {
		return nil, err
	}
	kind, err := p.compared("The same, with a health check every second", "1s", 0)
	if err != nil {
		return nil, err
	}
	undo, err := p.slow()
	if err != nil {
		return nil, err
	}
	defer undo()
	slow, err := p.compared("The same over 100 Mbit/s", "10s", 6)
	return []row{fast, kind, slow}, err
}

// compared has both sides take turns, each with a change of its own.
func (p *parcel) compared(title, interval string, times float64) (row, error) {
	var sent, whole []int64
	ours := &contender{side: side{name: "Spellbook", command: "mage deploy:to bench -yes"}}
	ours.run = func() (outcome, error) {
		if err := p.change(); err != nil {
			return outcome{}, err
		}
		s, err := p.deploy("INTERVAL=" + interval)
		sent, whole = append(sent, s.sent), append(whole, s.whole)
		s.took = s.switched
		return s.outcome, err
	}
	line := "docker save sbbench/app:1 | ssh " + p.host + " docker load && DOCKER_HOST=ssh://" + p.host + " docker compose -p theirs -f compose/docker-compose.yml up -d --wait"
	theirs := &contender{side: side{name: "save, load and Compose", command: strings.ReplaceAll(line, p.host, "HOST")}}
	theirs.run = func() (outcome, error) {
		if err := p.change(); err != nil {
			return outcome{}, err
		}
		return must(p.b.ctx, p.repository, append(slices.Clone(p.env), "PORT=8001", "INTERVAL="+interval), "sh", "-ec", line)
	}
	if err := turns(p.b.rounds.cold, ours, theirs); err != nil {
		return row{}, err
	}
	r := row{title: title, sides: sides(ours, theirs), notes: []string{
		"Both builds are excluded. Ours counts until the gateway has switched, with the release before still running, after a whole " +
			"`deploy:to`: connect, compare, send, start, await, switch. Theirs recreates the container and is down meanwhile.",
		fmt.Sprintf("The health check's interval is %s. To the server went, headers of all layers included, %s a round for the images and %s for the whole run (medians).",
			interval, size(median(sent)), size(median(whole))),
	}}
	r.bounds = []bound{atMost("bytes on the wire for the images, by the server's interface,", median(sent), layer*105/100+64<<10)}
	if times > 0 {
		r.bounds = append(r.bounds, faster(ours.side, theirs.side, times))
	}
	return r, nil
}

// memory is what a first deployment of 2 GB of layers takes.
func memory(b *bench) ([]row, error) {
	const quarter = 512 << 20
	p, err := b.parcel(quarter, quarter, quarter, quarter)
	if err != nil {
		return nil, err
	}
	defer p.close()
	s, err := p.deploy()
	ours := side{name: "Spellbook", command: "mage deploy:to bench -yes"}
	ours.add(s.outcome)
	return []row{{title: "Memory of a deployment of 2 GB of image layers", sides: []side{ours},
		bounds: []bound{atMost("peak of the deploying process (VmHWM)", s.memory, 150_000_000)},
		notes:  []string{fmt.Sprintf("A first deployment, %s on the wire.", size(s.whole))}}}, err
}
