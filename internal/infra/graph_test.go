package infra_test

import (
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/project"
)

func graphed() *project.Project {
	on := func(d types.DependsOnConfig) types.ServiceConfig {
		var s types.ServiceConfig
		s.DependsOn = d
		return s
	}
	needs := func(condition string) types.ServiceDependency {
		return types.ServiceDependency{Condition: condition, Required: true}
	}
	healthy := needs(types.ServiceConditionHealthy)
	restarted := healthy
	restarted.Restart = true
	return &project.Project{Name: `the "lab"`, Model: &types.Project{Services: types.Services{
		"api": on(types.DependsOnConfig{"postgres": restarted, "migrate": needs(types.ServiceConditionCompletedSuccessfully),
			"mail": {Condition: types.ServiceConditionStarted}}),
		"migrate":    on(types.DependsOnConfig{"postgres": healthy}),
		"mail":       {},
		"postgres":   {},
		"end":        on(types.DependsOnConfig{"api": healthy}),
		`a"b<c>#1\x`: on(types.DependsOnConfig{"postgres": needs(types.ServiceConditionStarted)}),
	}}}
}

const wantMermaid = `flowchart LR
  s0["a#quot;b#lt;c#gt;#35;1\x"]
  s1["api"]
  s2["end"]
  s3["mail"]
  s4["migrate"]
  s5["postgres"]
  s0 -->|started| s5
  s1 -.->|started, optional| s3
  s1 -->|completed| s4
  s1 -->|healthy, restart| s5
  s2 -->|healthy| s1
  s4 -->|healthy| s5
`

const wantDOT = `digraph "the \"lab\"" {
  rankdir=LR
  node [shape=box style=rounded fontname="sans-serif"]
  edge [fontname="sans-serif" fontsize=10]
  "a\"b<c>#1\\x"
  "api"
  "end"
  "mail"
  "migrate"
  "postgres"
  "a\"b<c>#1\\x" -> "postgres" [label="started"]
  "api" -> "mail" [label="started, optional" style=dashed]
  "api" -> "migrate" [label="completed"]
  "api" -> "postgres" [label="healthy, restart"]
  "end" -> "api" [label="healthy"]
  "migrate" -> "postgres" [label="healthy"]
}
`

func TestTheGraphIsMermaidUnlessDOTIsAskedFor(t *testing.T) {
	for format, want := range map[string]string{"": wantMermaid, infra.Mermaid: wantMermaid, infra.DOT: wantDOT} {
		got, err := infra.Graph(graphed(), format)
		if err != nil || got != want {
			t.Errorf("format %q: %v\n%s", format, err, got)
		}
	}
}

func TestAnUnknownGraphFormatIsRefusedWithWhatThereIs(t *testing.T) {
	_, err := infra.Graph(graphed(), "svg")
	if failure.CodeOf(err) != failure.Usage || !strings.Contains(err.Error(), "mermaid, dot") {
		t.Errorf("error is %v", err)
	}
}
