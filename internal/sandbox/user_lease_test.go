package sandbox

import (
	"os"
	"testing"
	"time"
)

func TestAPromiseOutlivesAnEmptiedCache(t *testing.T) {
	t.Parallel()
	u := UserLeases(t.TempDir())
	l, err := u.Use(t.Context(), "shop-a")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	if err := os.RemoveAll(string(u)); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if err := u.Promise("shop-a", now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if done := u.TakeDead("shop-a", now); done != nil {
		t.Error("a stack that is to stay is taken for dead")
	}
}
