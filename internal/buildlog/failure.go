package buildlog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Failure is why a build failed.
type Failure struct {
	Target      string // the build, where several were made at once
	Stage, Step string // "" where no instruction failed
	// Number and Of are the step's place in its stage; 0 unknown.
	Number, Of int
	Dockerfile string // its name as BuildKit printed it; "" unknown
	Line       int    // 0 unknown: Locate may find it
	Output     []string
	// Refused: the builder cannot read Line, or Word, wherever that is. Who can has a
	// newer builder in mind.
	Refused  bool
	Word     string
	ExitCode int // of the command; 0 where none ended
	Reason   string
	Hint     string // what to type next
	Code     failure.Code
}

// Failure explains a failed build: nil when the log shows none.
func (l *Log) Failure() *Failure {
	failed, text := l.failed(), l.text()
	if failed == nil && text == "" {
		text = l.uncalled()
	}
	if failed == nil && text == "" {
		return nil
	}
	f := &Failure{Dockerfile: l.file, Line: l.line}
	doing := ""
	if failed != nil {
		doing = failed.name
		if s, is := l.step(failed); is {
			f.Target, f.Stage, f.Step, f.Number, f.Of, f.Output = s.Target, s.Stage, s.Name, s.Number, s.Of, failed.lines()
		}
		if text == "" {
			text = failed.err
		}
	}
	f.explain(doing, text)
	return f
}

// failed is what failed first: the rest is cancelled because of it.
func (l *Log) failed() *vertex {
	var first *vertex
	for _, v := range l.steps {
		if v.err == "" || (first != nil && (cancelled(v.err) || (!cancelled(first.err) && !v.completed.Before(first.completed)))) {
			continue
		}
		first = v
	}
	return first
}

func cancelled(text string) bool {
	return strings.HasSuffix(text, "context canceled") || strings.HasPrefix(text, "CANCELED")
}

// uncalled is what the Docker CLI says when there is no buildx.
func (l *Log) uncalled() string {
	for _, line := range l.plain {
		if noBuildx.MatchString(line) {
			return line
		}
	}
	return ""
}

var (
	exitCode = lazyregexp.New(`exit code: (\d+)`)
	// wrapping is what each layer of buildx and BuildKit puts before a reason.
	wrapping = lazyregexp.New(`^(?:target \S+: |failed to build: |failed to solve(?: with frontend \S+)?: |failed to create LLB definition: |failed to compute cache key: |rpc error: code = \w+ desc = |Unknown: )`)
)

// explain fills in the reason; doing is the name of what failed, "" if buildx
// did not get that far.
func (f *Failure) explain(doing, text string) {
	first, _, _ := strings.Cut(text, "\n")
	for wrapping.MatchString(first) {
		first = wrapping.ReplaceAllString(first, "")
	}
	for _, k := range buildKinds {
		if k.doing != nil && !k.doing.MatchString(doing) {
			continue
		}
		m := k.text.FindStringSubmatch(k.within(f, text, first))
		if m == nil {
			continue
		}
		f.Reason, f.Hint, f.Code = fill(k.reason, m, doing), fill(k.hint, m, doing), k.code
		switch {
		case k.line:
			f.Line, _ = strconv.Atoi(m[1]) // digits only
			f.Refused = true
		case k.word:
			f.Refused, f.Word = true, m[1]
		}
		break
	}
	if m := exitCode.FindStringSubmatch(text); m != nil && f.Step != "" {
		f.ExitCode, _ = strconv.Atoi(m[1]) // digits only
	}
	switch {
	case f.Reason != "":
	case f.ExitCode > 0:
		f.Reason = fmt.Sprintf("%s ended with exit code %d", brief(f.Step), f.ExitCode)
		f.Hint, f.Code = "correct the command, and run the same again: what came before is cached", failure.Unexpected
	default:
		f.Reason, f.Code = first, failure.Unexpected
		f.Hint = "docker compose --progress plain build shows all that BuildKit says"
	}
}

// fill puts the submatches in for $1 and $2, and the image or host that the
// builder was asking for in for $doing.
func fill(template string, m []string, doing string) string {
	for i := len(m) - 1; i > 0; i-- {
		template = strings.ReplaceAll(template, "$"+strconv.Itoa(i), m[i])
	}
	_, image, found := strings.Cut(doing, "load metadata for ")
	if !found {
		_, image, _ = strings.Cut(doing, "pushing ")
		image, _, _ = strings.Cut(image, " ")
	}
	if image == "" {
		image = "the image"
	}
	return strings.ReplaceAll(template, "$doing", strings.TrimPrefix(strings.TrimPrefix(image, "docker.io/"), "library/"))
}

// brief is the beginning of an instruction, for a sentence.
func brief(step string) string {
	step = runFlags.ReplaceAllString(strings.Join(strings.Fields(step), " "), "RUN")
	if runes := []rune(step); len(runes) > 60 {
		step = string(runes[:59]) + "…"
	}
	return step
}
