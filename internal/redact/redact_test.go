package redact

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestAStandInIsOfTheSameForm(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"": "", "true": "false", "No": "yes", "1": "0", "5432": "5433", "65535": "65534", "0.5": "1.4", "512m": "513m", "1.5gb": "0.4gb", "1m30s": "0m31s", "10.0.0.9/24": "11.1.1.8/25",
		"8000-8005": "8001-8004", "0405": "0404", "Zebra9": "Afcsb8", "postgres://u:pw@db": "postgres://v:qx@ec", "/run/x": "/svo/y", "-----": "-----x", "é": "éx", "a.b-c_d": "b.c-d_e",
	} {
		if got := standIn(value); value != "" && got != want {
			t.Errorf("%q has %q, not %q", value, got, want)
		}
	}
	if d, err := time.ParseDuration(standIn("1h2m3s")); err != nil || d == 0 {
		t.Error(err)
	}
	s := NewStandIns()
	if s.For("4") != "5" || s.For("5") != "4" || s.For("") != "" {
		t.Error("a secret that is the stand-in of another one has none")
	}
}

func TestASecretIsMaskedWhereItStandsAndTheSameLettersStay(t *testing.T) {
	t.Parallel()
	s := NewStandIns()
	for _, value := range []string{"shop", "5", "shopping", "a b", "true"} {
		s.For(value)
	}
	for _, c := range []struct{ text, other, want string }{
		{"registry/shop:1", "registry/shop:1", "registry/shop:1"},
		{"srv shop --pin shop", "srv shop --pin tipq", "srv shop --pin ****"},
		{"srv --pin 5 -n 5", "srv --pin 4 -n 5", "srv --pin **** -n 5"},
		{"pg://u:shopping@db/shop", "pg://u:tipqqjoh@db/shop", "pg://u:****@db/shop"},
		{"shopshop", "tipqtipq", "****"},
		{"on=true off=true", "on=false off=true", "on=**** off=true"},
		{"c2hvcA==", "dGlwcQ==", "****"},
		{"5", "", "****"},
		{"", "5", "****"},
	} {
		if got := s.Text(c.text, c.other); got != c.want {
			t.Errorf("%q beside %q is %q, not %q", c.text, c.other, got, c.want)
		}
	}
}

func TestTheSecretsOfATextAreKnown(t *testing.T) {
	t.Parallel()
	s := NewStandIns()
	text, other := "postgres://u:pw@db/pw", "postgres://u:"+s.For("pw")+"@db/pw"
	s.For("postgres")
	if got := s.In(text, other); !slices.Equal(got, []string{"pw"}) {
		t.Errorf("they are %q", got)
	}
}

func TestNoSecretIsLeftOfATextThatIsMadeOfIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[a-z0-9:/@-]{1,8}`).Draw(t, "secret")
		parts := rapid.SliceOfN(rapid.StringMatching(`[A-Z =.]{0,4}`), 2, 5).Draw(t, "parts")
		s := NewStandIns()
		text, other := strings.Join(parts, value), strings.Join(parts, s.For(value))
		got := s.Text(text, other)
		if strings.ContainsAny(got, "abcdefghijklmnopqrstuvwxyz0123456789") {
			t.Fatalf("%q beside %q is %q", text, other, got)
		}
	})
}

func TestADocumentIsMaskedByPlace(t *testing.T) {
	t.Parallel()
	s := NewStandIns()
	render := func(name, number string) *yaml.Node {
		list := strings.Repeat(", b", int(number[1]-'0'))
		var n yaml.Node
		if err := yaml.Unmarshal([]byte("image: shop\ncommand: [srv, --pin, "+name+"]\nport: "+number+"\nother: 80\nlabels:\n    route."+name+".rule: 80\nlist: [a"+list+"]\n"), &n); err != nil {
			t.Fatal(err)
		}
		return &n
	}
	doc := render("shop", "80")
	s.Node(doc, render(s.For("shop"), s.For("80")))
	text, err := yaml.Dump(doc)
	if err != nil {
		t.Fatal(err)
	}
	const want = "image: shop\ncommand: [srv, --pin, \"****\"]\nport: \"****\"\nother: 80\nlabels:\n  route.****.rule: 80\nlist: [\"****\"]\n"
	if got := strings.ReplaceAll(string(text), "'", `"`); got != want {
		t.Errorf("it is\n%s", got)
	}
}

func TestAnErrorShowsNoSecretAndIsTheSameError(t *testing.T) {
	t.Parallel()
	m := Masker{IsSecret: func(string) bool { return false }}
	m.Add("k3x9qpw2mzt1", "-----BEGIN KEY-----\nabc1def2ghi3\n-----END KEY-----", "shop")
	cause := errors.New("the engine says k3x9qpw2mzt1 of shop")
	f := failure.New(failure.NotReady, "start api: %w", cause).WithDetails("line k3x9qpw2mzt1", "abc1def2ghi3").WithHint("try k3x9qpw2mzt1")
	err := Error(fmt.Errorf("up: %w", f), m.Values)
	for _, text := range []string{err.Error(), f.Error()} {
		if strings.Contains(text, "k3x9") || strings.Contains(text, "abc1") {
			t.Errorf("it says %s", text)
		}
	}
	if !strings.Contains(err.Error(), "of shop") || !errors.Is(err, cause) || failure.CodeOf(err) != failure.NotReady {
		t.Errorf("it is %v", err)
	}
	if got := Error(errors.New("x"), m.Values); got.Error() != "x" || errors.As(got, new(maskedError)) || Error(nil, m.Values) != nil {
		t.Error("an error without a secret is another one")
	}
}

// A name that the template marks is a secret's as one that sounds so.
func TestAnAssignmentUnderADeclaredNameIsMasked(t *testing.T) {
	t.Parallel()
	m := Masker{IsSecret: func(name string) bool { return name == "PIN" }}
	const want = "PIN=**** DB_PASSWORD=**** MODE=x curl 127.0.0.1"
	if got := m.Text("PIN=4711 DB_PASSWORD=pw MODE=x curl 127.0.0.1"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (&Masker{}).Text("PIN=4711"); got != "PIN=4711" {
		t.Errorf("got %q", got)
	}
}
