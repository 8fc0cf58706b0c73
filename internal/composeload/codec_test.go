package composeload

import (
	"reflect"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"pgregory.net/rapid"
)

// plain and sample have every kind of value that a model has.
type plain struct {
	Text  string
	On    bool
	Small int8
	N     int64
	U     uint32
	P     *string
	List  []string
	Map   map[string]*string
}

type sample struct {
	Plain   plain
	F       float32
	Any     map[string]any
	Nested  map[string]plain
	Pointer *plain
}

func roundTrip[T any](t interface{ Errorf(string, ...any) }, v T) {
	data, err := encode(nil, reflect.ValueOf(v))
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	var got T
	d := decoder{data: string(data)}
	d.into(reflect.ValueOf(&got).Elem())
	if d.bad || d.data != "" || !reflect.DeepEqual(got, v) {
		t.Errorf("%#v became %#v", v, got)
	}
}

func TestTheCodecGivesBackWhatItGot(t *testing.T) {
	text := "x"
	for _, v := range []sample{
		{},
		{Plain: plain{Text: "a\x00ü", On: true, Small: -128, N: -1 << 63, U: 1<<32 - 1, P: new(string), List: []string{}, Map: map[string]*string{}}},
		{Plain: plain{P: &text, List: []string{"", "a"}, Map: map[string]*string{"nil": nil, "text": &text}}, F: 0.1, Any: map[string]any{}},
		{Nested: map[string]plain{"": {N: 1}, "b": {}}, Pointer: &plain{}},
		{Any: map[string]any{"nil": nil, "s": "a", "b": true, "i": 1, "i64": int64(-2), "u": uint64(1 << 63), "f": 2.5, "m": map[string]any{"x": []any{1, "2", nil}}, "e": []any{}}},
	} {
		roundTrip(t, v)
	}
	rapid.Check(t, func(t *rapid.T) {
		roundTrip(t, rapid.Make[map[string]plain]().Draw(t, "values"))
	})
}

func TestTheCodecRefusesWhatItCannotGiveBack(t *testing.T) {
	for _, v := range []any{time.Now(), struct{ F func() }{func() {}}, map[string]any{"a": int32(1)}, []any{types.Mapping{"a": "b"}}, struct{ hidden int }{1}} {
		if _, err := encode(nil, reflect.ValueOf(v)); err == nil {
			t.Errorf("%#v is written", v)
		}
	}
}

func FuzzTheCodecEndsOnWhateverItReads(f *testing.F) {
	data, err := encode(nil, reflect.ValueOf(types.Project{Name: "a", Services: types.Services{"b": {Name: "c", Extensions: map[string]any{"d": []any{1}}}}}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(data))
	f.Add("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
	f.Fuzz(func(_ *testing.T, data string) {
		d := decoder{data: data}
		d.into(reflect.ValueOf(new(types.Project)).Elem())
	})
}
