package isolated_test

import (
	"context"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// alone has one service, so that there is one order of what is said.
const alone = `
  web: {image: "lab/service:1", environment: {TOKEN: "${API_TOKEN}"}, ports: ["${WEB_PORT:-8080}:8080"], stop_grace_period: 1s, ` + stacktest.Health + `}
`

// hideCopy has what is another in each run of a copy by a name in transcripts.
func (s *stack) hideCopy(name string) {
	s.T.Helper()
	r := s.record(name)
	s.Hide(r.Project, "COPY")
	s.Hide("until "+r.Until.Local().Format("15:04"), "until HH:MM")
	for _, port := range r.Ports {
		s.Hide(text(port), "PORT")
	}
}

func TestWhatACopyShowsFromItsBeginningToItsEnd(t *testing.T) {
	t.Parallel()
	s := newStack(t, alone)
	s.File(".env", "API_TOKEN=x9!k2mvq8LzT\nAPI_URL=http://web:8080/\n")
	env := func(o test.EnvOptions) stacktest.Result {
		return s.Run(func(ctx context.Context, w *app.Run) error { return test.Env(ctx, w, o) })
	}
	s.Shows("test:list, with none", s.testList())
	s.Shows("test:env, with none", env(test.EnvOptions{Name: "orders"}))
	up := s.testUp(test.UpOptions{Name: named("orders")}).Want(t, failure.OK)
	s.hideCopy("orders")
	s.Shows("test:up -name=orders", up)
	again := s.testUp(test.UpOptions{Name: named("orders")})
	s.hideCopy("orders") // it stays longer
	s.Shows("test:up -name=orders, again", again)
	s.Shows("test:list", s.testList())
	s.Shows("test:env -name=orders", env(test.EnvOptions{Name: "orders"}))
	s.Shows("test:env -name=orders -format=shell", env(test.EnvOptions{Name: "orders", Format: "shell"}))
	s.Shows("test:env -name=orders -format=shell -only=WEB_PORT,API_URL", env(test.EnvOptions{Name: "orders", Format: "shell", Only: []string{"WEB_PORT", "API_URL"}}))
	s.Shows("test:up -name=Orders", s.testUp(test.UpOptions{Name: named("Orders")}))
	s.Shows("test:up -name=orders -tmpfs", s.testUp(test.UpOptions{Name: named("orders"), Tmpfs: true}))
	s.Shows("test:up -services=nobody", s.testUp(test.UpOptions{Name: named("orders"), Services: []string{"nobody"}}))
	s.Shows("test:down -name=other", s.testDown("other"))
	used := s.start(test.StartOptions{Name: "orders", Target: "a test"})
	s.Shows("test:down -name=orders, in use", s.testDown("orders"))
	if err := used.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Shows("test:down -name=orders", s.testDown("orders"))
}
