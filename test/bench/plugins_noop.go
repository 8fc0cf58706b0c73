package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/project"
)

// pluginStack is a stack in which the plugins are everything but one service.
const pluginStack = `name: spellbook-bench-plugins
services:
  postgres:
    image: lab/postgres:15
    environment: {POSTGRES_PASSWORD: "${POSTGRES_PASSWORD:?}"}
    healthcheck: {test: [CMD-SHELL, pg_isready -h 127.0.0.1 -U postgres]}
`

// pluginValues are the lab's images, and passwords that are none.
var pluginValues = []string{"POSTGRES_PASSWORD=bench", "MINIO_ROOT_PASSWORD=benchbench", "POSTGRES_IMAGE=lab/postgres:15", "KAFKA_IMAGE=lab/kafka:1",
	"MINIO_IMAGE=lab/s3:1", "MILVUS_IMAGE=lab/milvus:1", "ETCD_IMAGE=lab/etcd:3.4", "MILVUS_ETCD_IMAGE=lab/etcd:3.4", "MILVUS_MINIO_IMAGE=lab/s3:1",
	"PREFECT_IMAGE=lab/prefect:1", "MAILDEV_IMAGE=lab/maildev:1"}

// pluginPorts are the variables of their ports.
var pluginPorts = []string{"KAFKA_PORT", "MINIO_PORT", "MINIO_CONSOLE_PORT", "MILVUS_PORT", "MILVUS_WEBUI_PORT", "PREFECT_PORT", "MAILDEV_PORT", "MAILDEV_SMTP_PORT"}

// pluginsNoop compares an up that finds nothing to do with the same one whose
// services come from files instead of plugins.
func pluginsNoop(b *bench) (r row, err error) {
	dir, err := os.MkdirTemp("", "spellbook-bench-")
	if err != nil {
		return row{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "compose.yml")
	if err := os.WriteFile(file, []byte(pluginStack), 0o600); err != nil {
		return row{}, err
	}
	environ, err := pluginEnviron()
	if err != nil {
		return row{}, err
	}
	with := b.inProcess(project.Layout{Root: dir, Files: []string{file}}, append(environ, "PLUGINS="+strings.Join(own, ",")))
	if _, err := with.up(b); err != nil {
		return row{}, err
	}
	defer func() {
		err = errors.Join(err, infra.Down(b.ctx, with.Run, infra.DownOptions{Volumes: true, Yes: true}))
	}()
	files := []string{file}
	for _, name := range own {
		files = append(files, with.Layout.FragmentPath(name))
	}
	without := b.inProcess(project.Layout{Root: dir, Files: files}, environ)
	ours := &contender{side: side{name: "with plugins", command: "PLUGINS=" + strings.Join(own, ",") + ", infra.Up"}, run: func() (outcome, error) { return with.up(b) }}
	plain := &contender{side: side{name: "the same files, no plugins", command: "infra.Up"}, run: func() (outcome, error) { return without.up(b) }}
	if err := turns(4*b.rounds.fast, ours, plain); err != nil {
		return row{}, err
	}
	over := ours.took.median() - plain.took.median()
	return row{title: "Nothing to do, with five plugins", sides: sides(ours, plain), bounds: []bound{under("what the plugins add, median,", over, 5*time.Millisecond)},
		notes: []string{"In one process, in turns, on the same containers. No plugin is launched."}}, nil
}

// inProcess is a workflow whose output nobody sees.
type inProcess struct{ *app.Run }

func (b *bench) inProcess(l project.Layout, environ []string) inProcess {
	return inProcess{&app.Run{Layout: l, Dir: l.Root, Environ: environ, In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Now: time.Now}}
}

func (w inProcess) up(b *bench) (outcome, error) {
	began := time.Now()
	err := infra.Up(b.ctx, w.Run, infra.UpOptions{})
	return outcome{took: time.Since(began)}, err
}

// pluginEnviron is the shell's with free ports.
func pluginEnviron() ([]string, error) {
	environ := append(environment(os.Environ()), pluginValues...)
	for _, name := range pluginPorts {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		environ = append(environ, name+"="+strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
		if err := l.Close(); err != nil {
			return nil, err
		}
	}
	return environ, nil
}
