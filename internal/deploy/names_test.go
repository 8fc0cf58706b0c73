package deploy_test

import (
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/deploy"
)

func TestAProjectOfAReleaseIsKnownByItsName(t *testing.T) {
	t.Parallel()
	for _, commit := range []string{"", "3f2c1ab9", "dirty"} {
		id, err := deploy.NewID(time.Date(2026, 11, 30, 21, 1, 5, 0, time.UTC), commit, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, is := deploy.ReleaseOf("shop", deploy.ProjectName("shop", id)); !is || got != id {
			t.Errorf("%q, %t, want %q", got, is, id)
		}
		for _, project := range []string{"", "shop", "shop-web", deploy.ProjectName("shop-web", id), deploy.ProjectName("my-shop", id), "shop-" + id + "-x"} {
			if got, is := deploy.ReleaseOf("shop", project); is {
				t.Errorf("%s is release %s", project, got)
			}
		}
	}
}
