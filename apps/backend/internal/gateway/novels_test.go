package gateway_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

func TestANovelIsStoredAnnouncedAndInTheNextList(t *testing.T) {
	t.Parallel()
	w := &world{novels: []novel.Novel{}}
	if status, body, _ := w.call(t, "GET", "/novels", ""); status != 200 || body != "{\"novels\":[]}\n" {
		t.Errorf("at first: %d %s", status, body)
	}
	if _, _, h := w.call(t, "GET", "/novels", ""); h.Get("X-Cache") != "hit" {
		t.Errorf("the second list is not of the cache: %v", h)
	}
	status, body, h := w.call(t, "POST", "/novels", `{"title":" Atlas "}`)
	if status != 201 || h.Get("Location") != "/novels/id" || !strings.Contains(body, `"title":"Atlas"`) || w.announced != 1 {
		t.Errorf("created: %d %s %v", status, body, h)
	}
	if _, body, h := w.call(t, "GET", "/novels", ""); h.Get("X-Cache") != "miss" || !strings.Contains(body, "Atlas") {
		t.Errorf("the list is the old one: %v %s", h, body)
	}
	if status, body, _ := w.call(t, "GET", "/novels/id", ""); status != 200 || !strings.Contains(body, `"job_id":"job"`) {
		t.Errorf("shown: %d %s", status, body)
	}
	if status, _, _ := w.call(t, "GET", "/novels/other", ""); status != 404 {
		t.Errorf("unknown: %d", status)
	}
}

func TestWhatIsNoNovelIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{
		``: 400, `[]`: 400, `{"title":"a"} {"title":"b"}`: 400, `{"name":"a"}`: 400, `{"title":""}`: 422,
		`{"title":"` + strings.Repeat("a", 70_000) + `"}`: 413,
	} {
		w := &world{}
		status, answer, _ := w.call(t, "POST", "/novels", body)
		if status != want || !strings.Contains(answer, `"error"`) || len(w.novels) != 0 {
			t.Errorf("%.40s: got %d %s", body, status, answer)
		}
	}
}

func TestWithoutTheCacheNovelsAreStillCreatedAndListed(t *testing.T) {
	t.Parallel()
	w := &world{cache: errDown}
	if status, body, _ := w.call(t, "POST", "/novels", `{"title":"Atlas"}`); status != 201 {
		t.Errorf("created: %d %s", status, body)
	}
	if status, body, h := w.call(t, "GET", "/novels", ""); status != 200 || h.Get("X-Cache") != "miss" || !strings.Contains(body, "Atlas") {
		t.Errorf("listed: %d %s", status, body)
	}
}

func TestAFailureOfTheStoreIsNotShownToClients(t *testing.T) {
	t.Parallel()
	w := &world{store: errDown}
	for _, request := range [][2]string{{"POST", "/novels"}, {"GET", "/novels"}, {"GET", "/health"}, {"GET", "/ready"}} {
		status, body, _ := w.call(t, request[0], request[1], `{"title":"Atlas"}`)
		if status != 503 || strings.Contains(body, "canary") {
			t.Errorf("%s %s: got %d %s", request[0], request[1], status, body)
		}
	}
}

func TestHealthNamesEveryDependencyAndReadyAsksOnlyTheNeeded(t *testing.T) {
	t.Parallel()
	w := &world{cache: errDown}
	status, body, _ := w.call(t, "GET", "/health", "")
	if status != 503 || !strings.Contains(body, `"redis":{"status":"down","latency_ms":`) || !strings.Contains(body, `"postgres":{"status":"up"`) {
		t.Errorf("health: %d %s", status, body)
	}
	if status, body, _ := w.call(t, "GET", "/ready", ""); status != 200 {
		t.Errorf("ready: %d %s", status, body)
	}
}
