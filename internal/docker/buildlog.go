package docker

import (
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// BuildLog reads what `docker buildx --progress rawjson` writes to stderr.
type BuildLog struct{ note func(engine.Note) }

// NewBuildLog tells note of every change of what runs.
func NewBuildLog(note func(engine.Note)) *BuildLog { return &BuildLog{note: note} }

// Write takes lines, whole or in pieces.
func (l *BuildLog) Write(p []byte) (int, error) { return len(p), nil }

// BuildStep is one step of a build.
type BuildStep struct {
	Name, Stage  string
	Number, Of   int
	Cached, Done bool
	Took         time.Duration
	Err          string
	Output       []string // its last lines
}

// Steps are the steps in the order in which they began.
func (l *BuildLog) Steps() []BuildStep { return nil }

// Counts are the steps that ended, those of them that were cached, and all.
func (l *BuildLog) Counts() (done, cached, total int) { return 0, 0, 0 }

// Failure explains a failed build: nil when the log shows none.
func (l *BuildLog) Failure() *BuildFailure { return nil }

// BuildFailure is why a build failed.
type BuildFailure struct {
	Stage, Step  string
	Dockerfile   string
	Line         int // 0 unknown
	Output       []string
	ExitCode     int
	Reason, Hint string
	Code         failure.Code
}
