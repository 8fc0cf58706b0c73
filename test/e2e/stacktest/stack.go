// Package stacktest is what the end-to-end tests share, whatever they are of: a
// repository with a stack of its own on a real Docker engine with the lab's
// images (scripts/lab/images.sh), the targets called in it, in this process or
// as the program that Mage compiles, and what the engine and the user then see.
// Without an engine every test fails. The tests' packages run at the same time,
// so nothing here may count on being alone on the machine. It imports whatever
// the targets stand on; nothing but tests imports it.
package stacktest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/snapshot"
)

// Stack is a repository of its own in a temporary directory, with its own
// project on the real engine, removed by label when the test ends.
type Stack struct {
	T      *testing.T
	Dir    string // the repository's root
	Name   string // the project's
	Env    []string
	Client *docker.Client

	hidden []string // texts, each followed by what stands for it in transcripts
}

// New writes services (YAML below `services:`, with anything after) as
// compose/docker-compose.yml of a new repository.
func New(t *testing.T, services string) *Stack {
	t.Helper()
	s := &Stack{}
	s.Setup(t, services)
	return s
}

// Setup is New for a stack that is a part of something else.
func (s *Stack) Setup(t *testing.T, services string) {
	t.Helper()
	id := make([]byte, 4)
	_, _ = rand.Read(id)
	*s = Stack{T: t, Dir: t.TempDir(), Name: "sbtest-" + hex.EncodeToString(id), Env: os.Environ(), Client: EngineClient(t)}
	s.Write(services)
	t.Cleanup(s.Remove)
}

// Clone copies what git knows or would add of this repository into the stack's,
// switched to the lab and to a project and ports of its own.
func (s *Stack) Clone() {
	s.T.Helper()
	from := Root(s.T)
	names, err := tracked(from)
	if err != nil {
		s.T.Fatal(err)
	}
	for _, name := range names {
		CopyFile(s.T, filepath.Join(from, name), filepath.Join(s.Dir, name))
	}
	if err := os.Symlink("env/.env.lab", filepath.Join(s.Dir, ".env")); err != nil {
		s.T.Fatal(err)
	}
	s.Env = append(s.Env, "COMPOSE_PROJECT_NAME="+s.Name, "SPELLBOOK_CACHE="+s.T.TempDir())
	for _, name := range []string{"POSTGRES_PORT", "REDIS_PORT", "NEO4J_HTTP_PORT", "NEO4J_BOLT_PORT"} {
		s.Env = append(s.Env, name+"="+strconv.Itoa(FreePort(s.T)))
	}
}

// InEnvironment says that the stack is that of an environment which was made of
// the template, under a name of its own, from now on.
func (s *Stack) InEnvironment(name string) { s.Name += "-" + name }

// Remove takes away all that carries the project's label, and what its copies have kept.
func (s *Stack) Remove() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, _ := docker.Open(s.Client.Endpoint, ssh.Dialer(os.Environ()))
	list, _ := c.Containers(ctx, s.Name)
	for _, one := range list {
		_ = c.Remove(ctx, one.ID, true)
	}
	networks, _ := c.Networks(ctx, s.Name)
	for _, one := range networks {
		_ = c.RemoveNetwork(ctx, one.ID)
	}
	volumes, _ := c.Volumes(ctx, s.Name)
	for _, name := range volumes {
		_ = c.RemoveVolume(ctx, name)
	}
	s.removeSnapshots(ctx, c)
}

// removeSnapshots removes what copies of the stack have kept for later ones. One that
// another test begins with at this moment goes with the next.
func (s *Stack) removeSnapshots(ctx context.Context, c *docker.Client) {
	kept, _ := c.LabelledVolumes(ctx, snapshot.LabelStack)
	for _, v := range kept {
		if of := v.Labels[snapshot.LabelStack]; of == s.Name || strings.HasPrefix(of, s.Name+"-") {
			_ = c.RemoveVolume(ctx, v.Name)
		}
	}
}

// Write replaces the Compose file.
func (s *Stack) Write(services string) {
	s.T.Helper()
	s.File("compose/docker-compose.yml", "name: "+s.Name+"\nservices:\n"+services)
}

// File writes a file of the repository and returns its path.
func (s *Stack) File(name, text string) string {
	s.T.Helper()
	path := filepath.Join(s.Dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		s.T.Fatal(err)
	}
	return path
}

// Read is the text of a file of the repository.
func (s *Stack) Read(name string) string {
	s.T.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, name))
	if err != nil {
		s.T.Fatal(err)
	}
	return string(text)
}

// Edit replaces a text, which has to be there, once; an empty one stands for
// the beginning.
func (s *Stack) Edit(name, old, now string) {
	s.T.Helper()
	text := s.Read(name)
	if !strings.Contains(text, old) {
		s.T.Fatalf("%s has no %q", name, old)
	}
	s.File(name, strings.Replace(text, old, now, 1))
}

// CopyFile copies a file with its mode; one that is gone, as git may still know
// it, is left out.
func CopyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	data, err2 := os.ReadFile(from)
	if err := errors.Join(err, err2, os.MkdirAll(filepath.Dir(to), 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, info.Mode().Perm()); err != nil {
		t.Fatal(err)
	}
}
