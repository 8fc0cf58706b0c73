package b_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/test/stack"
)

func TestTheStackAnswers(t *testing.T) {
	s := stack.Start(t, stack.Options{Dir: os.Getenv("STACK_DIR"), Services: []string{"api"}})
	got, err := http.Get("http://127.0.0.1:" + s.Env("API_PORT"))
	if err != nil {
		t.Fatal(err)
	}
	_ = got.Body.Close()
	fmt.Println("stack", s.Name, s.Project)
	if again := stack.Start(t, stack.Options{Dir: os.Getenv("STACK_DIR"), Services: []string{"api"}}); again.Name != s.Name {
		t.Errorf("another test of the package has %s", again.Name)
	}
	if begun := os.Getenv("STACK_WAITS"); begun != "" {
		_ = os.WriteFile(begun, nil, 0o600)
		time.Sleep(time.Hour)
	}
}

func TestVariablesAreSet(t *testing.T) {
	t.Setenv("DB_PORT", "5432") // as of the stack that somebody works with
	s := stack.Start(t, stack.Options{Dir: os.Getenv("STACK_DIR"), Services: []string{"api"}})
	if s.Setenv(); os.Getenv("API_PORT") != s.Env("API_PORT") {
		t.Error("API_PORT is not set")
	}
	if port, ok := os.LookupEnv("DB_PORT"); ok {
		t.Errorf("DB_PORT leads to %s, which is not the stack's", port)
	}
}
