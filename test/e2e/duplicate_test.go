package e2e_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// twin makes a second network of the stack's name, as two runs at the same time
// do, and returns its ID. Only the API does so; engines from 25 on refuse.
func (s *stack) twin() string {
	s.t.Helper()
	labels := map[string]string{"com.docker.compose.project": s.name, "com.docker.compose.network": "default"}
	body, _ := json.Marshal(map[string]any{"Name": s.name + "_default", "CheckDuplicate": false, "Labels": labels})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", s.socket())
	}
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://docker/v1.41/networks/create", strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	got, err := (&http.Client{Transport: &http.Transport{DialContext: dial}}).Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	text, _ := io.ReadAll(got.Body)
	var made struct{ ID string }
	if err := json.Unmarshal(text, &made); err != nil || got.StatusCode != http.StatusCreated {
		s.t.Fatalf("%s: %s", got.Status, text)
	}
	return made.ID
}

// networks counts those with the stack's label.
func (s *stack) networks() int {
	s.t.Helper()
	list, err := s.client.Networks(s.t.Context(), s.name)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}

func TestUpRemovesASecondNetworkOfOneName(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*stack) (gone string){
		"unused, before all": func(s *stack) string { s.twin(); s.twin(); return "" },
		"unused": func(s *stack) string {
			s.up(infra.UpOptions{}).want(s.t, failure.OK)
			return s.twin()
		},
		"with a container of ours": func(s *stack) string {
			s.up(infra.UpOptions{}).want(s.t, failure.OK)
			id := s.twin()
			cli(s.t, "network", "disconnect", strings.TrimSpace(s.inspect("web", "{{range .NetworkSettings.Networks}}{{.NetworkID}}{{end}}")), s.name+"-web-1")
			cli(s.t, "network", "connect", "--alias", "web", id, s.name+"-web-1")
			return id
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s := newStack(t, pair)
			gone := prepare(s)
			s.up(infra.UpOptions{Dry: true}).want(t, failure.OK).says(t, "remove network "+s.name+"_default", "another has its name")
			if n := s.networks(); n != 2 {
				t.Fatalf("%d networks after -dry", n)
			}
			s.up(infra.UpOptions{}).want(t, failure.OK)
			if n := s.networks(); n != 1 {
				t.Errorf("%d networks are left", n)
			}
			if ids := cli(t, "network", "ls", "-q", "--no-trunc"); gone != "" && strings.Contains(ids, gone) {
				t.Errorf("the network %s that should go is there", gone)
			}
			s.running(2)
			s.settled()
			s.run(func(ctx context.Context, w *app.Run) error { return infra.Restart(ctx, w, nil) }).want(t, failure.OK)
		})
	}
}

func TestDownAndCleanRemoveBothNetworksOfOneName(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]func(s *stack, dry bool) result{
		"infra_down": func(s *stack, dry bool) result { return s.down(infra.DownOptions{Dry: dry}) },
		"clean_containers": func(s *stack, dry bool) result {
			return s.clean(clean.Containers, clean.Options{Yes: true, Dry: dry})
		},
		"clean_all": func(s *stack, dry bool) result {
			return s.clean(clean.All, clean.Options{Yes: true, Dry: dry})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, pair)
			s.up(infra.UpOptions{}).want(t, failure.OK)
			id := s.twin()
			if r := target(s, true).want(t, failure.OK); strings.Count(r.out, "remove network "+s.name+"_default (") != 2 || !strings.Contains(r.out, id[:12]) {
				t.Errorf("the plan is\n%s", r.all())
			}
			target(s, false).want(t, failure.OK)
			if left := s.belongings(); left != "" {
				t.Errorf("left:\n%s", left)
			}
		})
	}
}
