package ownership_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// refusesTwins: engines from 25 on (API 1.44) make no second network of a name,
// so that there is none to be removed.
func (s *stack) refusesTwins() bool {
	s.T.Helper()
	minor, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(stacktest.Docker(s.T, "version", "--format", "{{.Server.APIVersion}}")), "1."))
	if err != nil {
		s.T.Fatal(err)
	}
	return minor >= 44
}

// twin makes a second network of the stack's name, as two runs at the same time
// do, and returns its ID; "" where the engine refuses it. Only the API does so.
func (s *stack) twin() string {
	s.T.Helper()
	labels := map[string]string{"com.docker.compose.project": s.Name, "com.docker.compose.network": "default"}
	body, _ := json.Marshal(map[string]any{"Name": s.Name + "_default", "CheckDuplicate": false, "Labels": labels})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", s.Socket())
	}
	request, err := http.NewRequestWithContext(s.T.Context(), http.MethodPost, "http://docker/v1.41/networks/create", strings.NewReader(string(body)))
	if err != nil {
		s.T.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	got, err := (&http.Client{Transport: &http.Transport{DialContext: dial}}).Do(request)
	if err != nil {
		s.T.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	text, _ := io.ReadAll(got.Body)
	if got.StatusCode == http.StatusConflict && s.refusesTwins() {
		return ""
	}
	var made struct{ ID string }
	if err := json.Unmarshal(text, &made); err != nil || got.StatusCode != http.StatusCreated {
		s.T.Fatalf("%s: %s", got.Status, text)
	}
	return made.ID
}

// networks counts those with the stack's label.
func (s *stack) networks() int {
	s.T.Helper()
	list, err := s.Client.Networks(s.T.Context(), s.Name)
	if err != nil {
		s.T.Fatal(err)
	}
	return len(list)
}

func TestUpRemovesASecondNetworkOfOneName(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*stack) (gone string){
		"unused, before all": func(s *stack) string { s.twin(); s.twin(); return "" },
		"unused": func(s *stack) string {
			s.Up(infra.UpOptions{}).Want(s.T, failure.OK)
			return s.twin()
		},
		"with a container of ours": func(s *stack) string {
			s.Up(infra.UpOptions{}).Want(s.T, failure.OK)
			id := s.twin()
			if id == "" {
				return ""
			}
			stacktest.Docker(s.T, "network", "disconnect", strings.TrimSpace(s.Inspect("web", "{{range .NetworkSettings.Networks}}{{.NetworkID}}{{end}}")), s.Name+"-web-1")
			stacktest.Docker(s.T, "network", "connect", "--alias", "web", id, s.Name+"-web-1")
			return id
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s := newStack(t, stacktest.Pair)
			gone := prepare(s)
			dry, there := s.Up(infra.UpOptions{Dry: true}), 2
			if s.refusesTwins() {
				dry.Want(t, failure.OK).SaysNot(t, "remove network")
				there = 1
			} else {
				s.Shows("infra:up -dry", dry)
			}
			if n := s.networks(); n != there {
				t.Fatalf("%d networks after -dry, want %d", n, there)
			}
			s.Up(infra.UpOptions{}).Want(t, failure.OK)
			if n := s.networks(); n != 1 {
				t.Errorf("%d networks are left", n)
			}
			if ids := stacktest.Docker(t, "network", "ls", "-q", "--no-trunc"); gone != "" && strings.Contains(ids, gone) {
				t.Errorf("the network %s that should go is there", gone)
			}
			s.Running(2)
			s.Settled()
			s.Run(func(ctx context.Context, w *app.Run) error { return infra.Restart(ctx, w, nil) }).Want(t, failure.OK)
		})
	}
}

// What a run that was killed has asked the engine for is done after its end.
func TestASecondNetworkThatComesWhileUpStartsIsRemoved(t *testing.T) {
	t.Parallel()
	s := newStack(t, strings.Replace(stacktest.Pair, `"lab/service:1", `, `"lab/service:1", environment: {BOOT: 2s}, `, 1))
	cmd, out := s.StartBinary("infra:up")
	stacktest.Eventually(t, "db runs", func() bool { return s.Runs("db") })
	s.twin()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := s.networks(); n != 1 {
		t.Errorf("%d networks are left", n)
	}
	s.Running(2)
	s.Settled()
}

func TestDownAndCleanRemoveBothNetworksOfOneName(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]func(s *stack, dry bool) stacktest.Result{
		"infra_down": func(s *stack, dry bool) stacktest.Result { return s.Down(infra.DownOptions{Dry: dry}) },
		"clean_containers": func(s *stack, dry bool) stacktest.Result {
			return s.clean(clean.Containers, clean.Options{Yes: true, Dry: dry})
		},
		"clean_all": func(s *stack, dry bool) stacktest.Result {
			return s.clean(clean.All, clean.Options{Yes: true, Dry: dry})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, stacktest.Pair)
			s.Up(infra.UpOptions{}).Want(t, failure.OK)
			id, dry := s.twin(), target(s, true)
			if s.refusesTwins() {
				dry.Want(t, failure.OK)
				if n := s.networks(); id != "" || n != 1 {
					t.Errorf("%d networks, and a second one is %q", n, id)
				}
			} else {
				s.Hide(id[:12], "TWIN")
				s.Shows(name+" -dry", dry)
			}
			target(s, false).Want(t, failure.OK)
			if left := s.Belongings(); left != "" {
				t.Errorf("left:\n%s", left)
			}
		})
	}
}
