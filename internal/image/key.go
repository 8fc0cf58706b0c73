package image

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// keyDigits is the length of a key: 64 bits of a sha256, in hexadecimal.
const keyDigits = 16

// Record is all that an image was made from: what its key is of, and what
// build:explain compares with. Neither holds the value of a secret.
type Record struct {
	Version    int               `json:"version"`
	Key        string            `json:"key"`
	Image      string            `json:"image"` // the engine's ID of what was made; "" before
	Dockerfile string            `json:"dockerfile"`
	Target     string            `json:"target,omitempty"`
	Platforms  []string          `json:"platforms,omitempty"`
	Args       map[string]string `json:"args,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
	Bases      map[string]string `json:"bases,omitempty"`  // digest by reference
	Remote     []string          `json:"remote,omitempty"` // contexts that are elsewhere
	Links      map[string]string `json:"links,omitempty"`  // key of a build by the name of an additional context
	Other      map[string]string `json:"other,omitempty"`  // the rest of what the section says
	// Files by the name of their context; "" is the build's own.
	Files map[string][]buildcontext.File `json:"files"`
}

// NewRecord gathers what a build is made from. links are the keys of builds by
// the additional context that names them.
func NewRecord(b plan.Build, in observe.BuildInputs, links map[string]string) Record {
	r := Record{Version: 1, Dockerfile: in.Dockerfile, Target: b.Target, Platforms: made(b, in), Args: b.Args, Labels: b.Labels,
		Bases: map[string]string{}, Remote: addresses(in.Remote), Links: links, Other: others(b), Files: map[string][]buildcontext.File{}}
	for _, base := range in.Bases {
		r.Bases[strings.TrimSpace(base.Ref+" "+base.Platform)] = base.Digest
	}
	for name, tree := range in.Trees {
		r.Files[name] = tree.Files
	}
	r.Key = r.key(in)
	return r
}

// addresses are without the credentials in them, which are no input.
func addresses(given []string) []string {
	list := make([]string, 0, len(given))
	for _, one := range given {
		list = append(list, withoutCredentials(one))
	}
	return list
}

// made are the platforms that an image is made for: those that are asked for,
// else the builder's own, as an image for another is another.
func made(b plan.Build, in observe.BuildInputs) []string {
	if len(b.Platforms) > 0 || in.Host == "" {
		return b.Platforms
	}
	return []string{in.Host}
}

// key hashes the record, with a digest in place of each list of files.
func (r Record) key(in observe.BuildInputs) string {
	r.Key, r.Image, r.Files = "", "", nil
	trees := map[string]string{}
	for name, tree := range in.Trees {
		trees[name] = tree.Digest()
	}
	data, err := json.Marshal([]any{r, trees})
	if err != nil { // strings and maps of them always are
		panic(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])[:keyDigits]
}

// others are the parts of a section that change what is built, or may.
func others(b plan.Build) map[string]string {
	o := map[string]string{}
	set := func(name, value string) {
		if value != "" {
			o[name] = value
		}
	}
	set("network", b.Network)
	set("ulimits", strings.Join(b.Ulimits, " "))
	set("entitlements", strings.Join(b.Entitled, " "))
	if len(b.Platforms) > 1 { // what is kept of one is without attestations: see Options.Spread
		set("provenance", b.Provenance)
		set("sbom", b.SBOM)
	}
	if b.Privileged {
		set("privileged", "true")
	}
	if b.ShmSize > 0 {
		set("shm_size", fmt.Sprint(b.ShmSize))
	}
	for name, addresses := range b.ExtraHosts {
		set("extra_hosts "+name, strings.Join(addresses, " "))
	}
	for name, where := range b.Contexts {
		if !Local(where) && !strings.HasPrefix(where, Linked) { // a linked build counts by its key, not by its name
			set("additional_contexts "+name, withoutCredentials(where))
		}
	}
	var ids []string
	for _, s := range b.Secrets {
		ids = append(ids, s.ID)
	}
	slices.Sort(ids)
	set("secrets", strings.Join(ids, " "))
	var agents []string // a mount does without one that is not there
	for _, one := range b.SSH {
		id, _, _ := strings.Cut(one, "=")
		agents = append(agents, id)
	}
	slices.Sort(agents)
	set("ssh", strings.Join(agents, " "))
	return o
}

// KeyTag is the name that carries a build's key: the repository of its first
// name, and the key.
func KeyTag(b plan.Build, key string) string { return Repository(b) + ":" + key }

// Repository is that of a build's first name, though another be chosen.
func Repository(b plan.Build) string {
	if b.Repository != "" || len(b.Tags) == 0 {
		return cmp.Or(b.Repository, b.Name)
	}
	named, err := reference.ParseNormalizedNamed(b.Tags[0])
	if err != nil {
		return b.Tags[0] // Builds let none of these through
	}
	return reference.FamiliarName(named)
}

// SplitTag is the repository and the tag of a name that the engine lists.
func SplitTag(ref string) (repository, tag string) {
	i := strings.LastIndexByte(ref, ':')
	if i < 0 || strings.ContainsRune(ref[i:], '/') {
		return ref, ""
	}
	return ref[:i], ref[i+1:]
}

// IsKey reports whether a tag is a key.
func IsKey(tag string) bool {
	_, err := hex.DecodeString(tag)
	return err == nil && len(tag) == keyDigits
}
