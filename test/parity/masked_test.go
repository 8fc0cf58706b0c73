package parity_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// compareMasked has infra:config show what docker compose config shows, but for
// the places that the case names: there a part is masked, and only that.
func (s *stack) compareMasked() {
	s.T.Helper()
	text := s.ours(func(ctx context.Context, w *app.Run) error { return infra.Config(ctx, w, false) }).Want(s.T, failure.OK).Out
	ours, theirs, masked := s.leaves(text), s.leaves(s.wantTheirs("config")), []string{}
	for path, shown := range ours {
		is, found := theirs[path]
		switch {
		case !strings.Contains(shown, secret.Mask):
			if found && is != shown {
				s.T.Errorf("%s is %q, docker compose has %q", path, shown, is)
			}
			continue
		case found && !regexp.MustCompile("(?s)^"+strings.ReplaceAll(regexp.QuoteMeta(shown), regexp.QuoteMeta(secret.Mask), ".+")+"$").MatchString(is):
			s.T.Errorf("%s is %q, which is not %q with a part masked", path, shown, is)
		}
		masked = append(masked, path)
	}
	slices.Sort(masked)
	if want := slices.Sorted(slices.Values(s.masks)); !slices.Equal(masked, want) {
		s.T.Errorf("what is masked is\n%s\nnot\n%s\n%s", strings.Join(masked, "\n"), strings.Join(want, "\n"), text)
	}
}

// leaves are the scalars of a document by their paths.
func (s *stack) leaves(text string) map[string]string {
	s.T.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		s.T.Fatal(err)
	}
	found := map[string]string{}
	var walk func(n *yaml.Node, path string)
	walk = func(n *yaml.Node, path string) {
		switch n.Kind {
		case yaml.ScalarNode:
			found[strings.TrimPrefix(path, ".")] = n.Value
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk(n.Content[i+1], path+"."+n.Content[i].Value)
			}
		case yaml.SequenceNode:
			for i, child := range n.Content {
				walk(child, fmt.Sprintf("%s[%d]", path, i))
			}
		default:
			for _, child := range n.Content {
				walk(child, path)
			}
		}
	}
	walk(&doc, "")
	return found
}
