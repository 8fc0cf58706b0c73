package workflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/ownership"
)

// checkout is where this run works, and what earlier runs have noted of its
// project on this engine.
func (s *session) checkout(ctx context.Context) *ownership.Checkout {
	if s.mine == nil {
		p := s.project
		files := slices.DeleteFunc(slices.Clone(p.Files), p.Layout.IsFragment)
		s.mine = &ownership.Checkout{Root: s.layout.Root, Dir: filepath.Dir(p.Files[0]), Files: files, IsRoot: s.layout.IsCheckout,
			Local: !s.client.Remote(), Claim: ownership.ReadClaim(s.claimPath(ctx))}
	}
	return s.mine
}

// makers judges containers.
func (s *session) makers(ctx context.Context, lists ...[]observe.Container) infra.Makers {
	m := infra.Makers{}
	for _, list := range lists {
		for _, c := range list {
			m[c.ID] = s.checkout(ctx).Container(c.Dir, c.Files)
		}
	}
	return m
}

// makersOf judges all containers of a state.
func (s *session) makersOf(ctx context.Context, state observe.State) infra.Makers {
	lists := [][]observe.Container{state.OneOff}
	for _, list := range state.Containers {
		lists = append(lists, list)
	}
	return s.makers(ctx, lists...)
}

// volumeMakers judges the project's volumes by who uses them and what was noted.
func (s *session) volumeMakers(ctx context.Context) (map[string]ownership.Maker, error) {
	list, err := s.volumes(ctx)
	if err != nil {
		return nil, err
	}
	makers := map[string]ownership.Maker{}
	for _, v := range list {
		makers[v.Name] = s.volumeMaker(ctx, v)
	}
	return makers, nil
}

func (s *session) volumeMaker(ctx context.Context, v infra.Leftover) ownership.Maker {
	var users []ownership.Maker
	for _, c := range v.Users {
		users = append(users, s.checkout(ctx).Container(c.Dir, c.Files))
	}
	return s.checkout(ctx).Volume(v.Name, users)
}

// claimPath is one file for each engine and project, however the engine is
// reached; "" where this user has no cache directory.
func (s *session) claimPath(ctx context.Context) string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	id, err := s.client.ID(ctx)
	if err != nil {
		id = s.client.Endpoint.Host
	}
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(dir, "spellbook", "stacks", s.project.Name+"-"+hex.EncodeToString(sum[:4])+".json")
}

// claimBegin notes, before anything is made, that this checkout brings the
// stack up: a run that is cut short must know its containers again.
func (s *session) claimBegin(ctx context.Context) {
	s.claim(ctx, s.checkout(ctx).Claim.Stack(s.layout.Root))
}

// claimStack notes that this checkout has brought the stack up, and that the
// volumes of its files are its own. It must not keep anything from being done.
func (s *session) claimStack(ctx context.Context) {
	names, err := s.client.Volumes(ctx, s.project.Name)
	if err != nil {
		s.claimFailed(err)
		return
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !s.project.HasVolume(name) })
	s.claim(ctx, s.checkout(ctx).Claim.Stack(s.layout.Root).Keep(s.layout.Root, names...))
}

// claimVolumes notes that volumes are this checkout's whose containers are
// about to go: afterwards nothing else would say so. Those that go are nobody's.
func (s *session) claimVolumes(ctx context.Context, going []string) {
	makers, err := s.volumeMakers(ctx)
	if err != nil {
		s.claimFailed(err)
		return
	}
	var names []string
	for name, m := range makers {
		if m.Whose == ownership.Ours {
			names = append(names, name)
		}
	}
	s.claim(ctx, s.checkout(ctx).Claim.Keep(s.layout.Root, names...).Forget(going...))
}

func (s *session) claim(ctx context.Context, next ownership.Claim) {
	if reflect.DeepEqual(next, s.checkout(ctx).Claim) {
		return
	}
	s.checkout(ctx).Claim = next
	if err := next.Write(s.claimPath(ctx)); err != nil {
		s.claimFailed(err)
	}
}

func (s *session) claimFailed(err error) {
	_, _ = fmt.Fprintf(s.w.Err, "warning: it is not noted whose the volumes of %s are: %s\n", s.project.Name, err)
}
