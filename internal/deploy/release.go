package deploy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Release is what a deployment put on a server, whole. It is written before
// anything is started and never changed; what came of it is a Result.
type Release struct {
	Version     int       `json:"version"` // of this document
	ID          string    `json:"id"`      // see NewID
	Project     string    `json:"project"` // the project's name on the server
	Environment string    `json:"environment"`
	Created     time.Time `json:"created"`
	Commit      string    `json:"commit"` // "" outside a repository
	Dirty       bool      `json:"dirty"`  // with changes that no commit has
	Author      string    `json:"author"` // user@host that deployed
	// Services are those of the application.
	Services map[string]Service `json:"services"`
	// Routes are the published ports that the gateway has for it.
	Routes []Published `json:"routes,omitempty"`
	// Files are what the model binds into containers, by their path in the
	// repository: the sum under which the server has them.
	Files map[string]string `json:"files,omitempty"`
	// KeptFiles are sums of what services that stayed as they were still have of such
	// a path.
	KeptFiles []string `json:"kept_files,omitempty"`
}

// Service is a service of the application in a release.
type Service struct {
	Image   string `json:"image"`   // the name that keeps it on the server
	Digest  string `json:"digest"`  // of its layers and configuration, equal on every engine
	Hash    string `json:"hash"`    // of its definition, see Hash
	Restart string `json:"restart"` // the restart policy once it serves
	OneShot bool   `json:"one_shot"`
	// StopFirst: it must not run twice, see Rollouts.
	StopFirst bool `json:"stop_first,omitempty"`
	// Compatible: what it changes for good, an earlier release can live with.
	Compatible bool `json:"compatible,omitempty"`
	// Networks are those of the infrastructure that its containers are joined to.
	Networks []string `json:"networks,omitempty"`
}

// Result is how a deployment ended.
type Result string

// A release runs, was replaced by a later one, never served, or served until a
// failure brought the one before back.
const (
	Running    Result = "running"
	Replaced   Result = "replaced"
	Failed     Result = "failed"
	RolledBack Result = "rolled back"
)

// NewID is time, commit and the key of what the release is of:
// 20261130-2101-3f2c1ab-9e107d9d. It is fit for names of projects, networks and
// image tags.
func NewID(at time.Time, commit string, services map[string]Service, files map[string]string) (string, error) {
	data, err := json.Marshal([]any{services, files})
	if err != nil {
		return "", fmt.Errorf("key of release: %w", err)
	}
	sum := sha256.Sum256(data)
	if commit == "" {
		commit = "none"
	}
	return fmt.Sprintf("%s-%s-%s", at.UTC().Format("20060102-150405"), commit[:min(7, len(commit))], hex.EncodeToString(sum[:4])), nil
}

// ParseRelease reads the document of a release.
func ParseRelease(data []byte) (Release, error) {
	var r Release
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("read release: %w", err)
	}
	if r.Version != 1 {
		return r, failure.New(failure.Preflight, "release %s was written by another version of Spellbook (document %d)", r.ID, r.Version).
			WithHint("deploy with the version that wrote it, or a newer one")
	}
	return r, nil
}
