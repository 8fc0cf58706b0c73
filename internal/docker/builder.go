package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/endpoint"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Builder is a buildx builder.
type Builder struct {
	Name     string
	Driver   string // docker, docker-container, remote, kubernetes, cloud
	Endpoint string // of its first node: an address, or a context's name
}

// FindBuilder is the builder that buildx would use: BUILDX_BUILDER, then the
// one chosen for the engine by `docker buildx use`, then the engine's own. It
// reads buildx's files and runs nothing. Source: docker/buildx,
// store/storeutil GetCurrentInstance and store Current.
func FindBuilder(getenv func(string) string) (Builder, error) {
	found, err := endpoint.Find(getenv)
	if err != nil {
		return Builder{}, err
	}
	context := "default"
	if name, is := strings.CutPrefix(found.Origin, "context "); is {
		context = strings.Trim(name, `"`)
	}
	store := builderStore(getenv("BUILDX_CONFIG"))
	if store == "" {
		store = builderStore(filepath.Join(endpoint.ConfigDir(getenv), "buildx"))
	}
	own := Builder{Name: context, Driver: "docker", Endpoint: context}
	if name := getenv("BUILDX_BUILDER"); name != "" {
		return store.named(name, own)
	}
	key := context
	if key == "default" {
		key = found.Host
	}
	for _, name := range store.chosen(key) {
		if b, err := store.read(name); err == nil {
			return b, nil
		}
	}
	return own, nil
}

// builderStore is buildx's directory.
type builderStore string

func (s builderStore) named(name string, own Builder) (Builder, error) {
	b, err := s.read(name)
	switch {
	case err == nil:
		return b, nil
	case name == own.Name:
		return own, nil
	case errors.Is(err, fs.ErrNotExist):
		return Builder{}, failure.New(failure.Preflight, "no buildx builder %q (BUILDX_BUILDER)", name).
			WithHint("choose one of docker buildx ls, or unset BUILDX_BUILDER")
	}
	return Builder{}, failure.New(failure.Preflight, "read buildx builder %q: %w", name, err).
		WithHint("docker buildx inspect %s", name)
}

// chosen are the names that may stand for the engine at key: the current one,
// then the default of that engine. A name may be of a builder that is gone.
func (s builderStore) chosen(key string) []string {
	var current struct {
		Key, Name string
		Global    bool
	}
	if data, err := os.ReadFile(filepath.Join(string(s), "current")); err == nil && json.Unmarshal(data, &current) == nil {
		if current.Name != "" && current.Key == key {
			return []string{current.Name}
		}
	}
	var names []string
	if current.Name != "" && current.Global {
		names = append(names, current.Name)
	}
	sum := sha256.Sum256([]byte(key))
	if data, err := os.ReadFile(filepath.Join(string(s), "defaults", hex.EncodeToString(sum[:])[:20])); err == nil {
		names = append(names, string(data))
	}
	return names
}

// builderName is what buildx accepts; nothing else becomes a path.
var builderName = lazyregexp.New(`^[a-zA-Z][a-zA-Z0-9._-]*$`)

func (s builderStore) read(name string) (Builder, error) {
	if !builderName.MatchString(name) {
		return Builder{}, fmt.Errorf("buildx builder %q: %w", name, fs.ErrNotExist)
	}
	data, err := os.ReadFile(filepath.Join(string(s), "instances", strings.ToLower(name)))
	if err != nil {
		return Builder{}, err
	}
	var saved struct {
		Name, Driver string
		Nodes        []struct{ Endpoint string }
	}
	if err := json.Unmarshal(data, &saved); err != nil {
		return Builder{}, err
	}
	b := Builder{Name: saved.Name, Driver: saved.Driver}
	if b.Driver == "" {
		b.Driver = "docker-container"
	}
	if len(saved.Nodes) > 0 {
		b.Endpoint = saved.Nodes[0].Endpoint
	}
	return b, nil
}
