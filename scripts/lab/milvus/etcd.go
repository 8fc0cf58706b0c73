package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// etcd is spoken to by its gateway: its gRPC interface as JSON.
type etcd struct{ at string }

// pair is a key and its value; JSON has both in base64.
type pair struct {
	Key   []byte `json:"key"`
	Value []byte `json:"value,omitempty"`
}

func (e etcd) put(ctx context.Context, key, value string) error {
	return e.call(ctx, "put", pair{[]byte(key), []byte(value)}, nil)
}

func (e etcd) delete(ctx context.Context, key string) error {
	return e.call(ctx, "deleterange", pair{Key: []byte(key)}, nil)
}

func (e etcd) get(ctx context.Context, key string) (value string, exists bool, err error) {
	var answer struct {
		KVs []pair `json:"kvs"`
	}
	if err := e.call(ctx, "range", pair{Key: []byte(key)}, &answer); err != nil || len(answer.KVs) == 0 {
		return "", false, err
	}
	return string(answer.KVs[0].Value), true, nil
}

// list is all that begins with a prefix, by the rest of the key.
func (e etcd) list(ctx context.Context, prefix string) (map[string]string, error) {
	var answer struct {
		KVs []pair `json:"kvs"`
	}
	end := []byte(prefix)
	end[len(end)-1]++ // the first key behind the prefix
	request := struct {
		pair
		RangeEnd []byte `json:"range_end"`
	}{pair{Key: []byte(prefix)}, end}
	if err := e.call(ctx, "range", request, &answer); err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, kv := range answer.KVs {
		found[strings.TrimPrefix(string(kv.Key), prefix)] = string(kv.Value)
	}
	return found, nil
}

func (e etcd) call(ctx context.Context, method string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+e.at+"/v3/kv/"+method, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
