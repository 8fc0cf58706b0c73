package gateway

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

const largestBody = 64 << 10 // bytes

func (g *Gateway) create(w http.ResponseWriter, r *http.Request) {
	var draft novel.Draft
	if status, err := read(w, r, &draft); err != nil {
		g.refuse(w, status, err.Error())
		return
	}
	if err := draft.Check(); err != nil {
		g.refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	n, err := g.Novels.Create(r.Context(), draft)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	// The novel is stored: what follows may fail, and is made good later.
	if err := g.Cache.Invalidate(r.Context()); err != nil {
		g.Log.Warn("the list may be a minute old", "error", err)
	}
	if err := g.Announce(r.Context()); err != nil {
		g.Log.Warn("the novel is announced later", "novel", n.ID, "error", err)
	}
	w.Header().Set("Location", "/novels/"+n.ID)
	g.write(w, http.StatusCreated, n)
}

// read takes exactly one JSON object from the body.
func read(w http.ResponseWriter, r *http.Request, into any) (status int, err error) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestBody))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(into)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return http.StatusRequestEntityTooLarge, errors.New("the body is larger than 64 KiB")
	}
	if err != nil {
		return http.StatusBadRequest, errors.New(`the body should be {"title": …, "genre": …}`)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return http.StatusBadRequest, errors.New("the body should be one JSON object")
	}
	return 0, nil
}

// list answers from the cache where it can. A cache that is down costs time only.
func (g *Gateway) list(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	version, cached, missed := g.Cache.List(ctx)
	if missed == nil && cached != nil {
		w.Header().Set("X-Cache", "hit")
		g.write(w, http.StatusOK, json.RawMessage(cached))
		return
	}
	list, err := g.Novels.List(ctx)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	text, err := json.Marshal(map[string]any{"novels": list})
	if err != nil {
		g.fail(w, r, err)
		return
	}
	if missed == nil {
		missed = g.Cache.Keep(ctx, version, text)
	}
	if missed != nil {
		g.Log.Warn("novels are listed without the cache", "error", missed)
	}
	w.Header().Set("X-Cache", "miss")
	g.write(w, http.StatusOK, json.RawMessage(text))
}

func (g *Gateway) show(w http.ResponseWriter, r *http.Request) {
	n, results, err := g.Novels.Find(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, novel.ErrNotFound):
		g.refuse(w, http.StatusNotFound, err.Error())
	case err != nil:
		g.fail(w, r, err)
	default:
		g.write(w, http.StatusOK, map[string]any{"novel": n, "results": results})
	}
}
