package build

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// hook is a scanner that a service names, as a command that no shell sees.
type hook struct {
	service string
	argv    []string
}

// hooks are the scanners of a build's services, each once. off: one of them
// says scan: false, and none names a scanner.
func (x *scanner) hooks(one plan.Build) (list []hook, off bool, err error) {
	for _, name := range one.Services {
		extension, _ := x.Project.Model.Services[name].Extensions["x-spellbook"].(map[string]any)
		given, there := extension["scan"]
		if !there {
			continue
		}
		if given == false {
			off = true
			continue
		}
		argv, ok := words(given)
		if !ok {
			return nil, false, failure.New(failure.Preflight, "service %s: x-spellbook.scan is no list of words", name).
				WithHint("write scan: [trivy, image, $$IMAGE], or scan: false")
		}
		if !slices.ContainsFunc(list, func(h hook) bool { return slices.Equal(h.argv, argv) }) {
			list = append(list, hook{name, argv})
		}
	}
	return list, off, nil
}

// words are the texts of a list that has some, and numbers as text.
func words(value any) ([]string, bool) {
	list, ok := value.([]any)
	var argv []string
	for _, one := range list {
		switch one := one.(type) {
		case string:
			argv = append(argv, one)
		case int, int64, uint64, float64:
			argv = append(argv, fmt.Sprint(one))
		default:
			return nil, false
		}
	}
	return argv, ok && len(argv) > 0 && argv[0] != ""
}

// mentionsImage: the command wants to know the image's name.
func (h hook) mentionsImage() bool {
	return slices.ContainsFunc(h.argv, func(word string) bool {
		return strings.Contains(word, "$IMAGE") || strings.Contains(word, "${IMAGE}")
	})
}

// command is argv with the image's name in place of ${IMAGE} and $IMAGE.
func (h hook) command(ref string) []string {
	filled := make([]string, 0, len(h.argv))
	for _, word := range h.argv {
		filled = append(filled, strings.NewReplacer("${IMAGE}", ref, "$IMAGE", ref).Replace(word))
	}
	return filled
}

// runHooks runs the users' commands. What they print is shown as it comes, with
// -json on standard error, as the document is alone on standard output.
func (x *scanner) runHooks(ctx context.Context, one plan.Build, hooks []hook, got *scanned) (err error) {
	out := x.Run.Out
	if x.Options.JSON {
		out = x.Run.Err
	}
	for _, h := range hooks {
		ref := ""
		if h.mentionsImage() {
			if ref, err = x.wanted(ctx, one); err != nil {
				return err
			}
		}
		if _, err := host.Find(h.argv[0], x.Environ); err != nil {
			return failure.New(failure.Preflight, "scanner %s of service %s is not installed", h.argv[0], h.service).
				WithHint("install it, or correct x-spellbook.scan in the Compose file")
		}
		s := scan{Scanner: h.argv[0], Of: h.service}
		if err := x.run(ctx, &s, h.command(ref), out); err != nil {
			return err
		}
		got.Scans = append(got.Scans, s)
	}
	return nil
}
