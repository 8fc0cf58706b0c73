package load

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/ownership"
)

// Checkout is where this run works, and what earlier runs have noted of its
// project on this engine.
func (s *Session) Checkout(ctx context.Context) *ownership.Checkout {
	if s.checkedOut == nil {
		p := s.Project
		files := slices.DeleteFunc(slices.Clone(p.Files), p.Layout.IsFragment)
		s.checkedOut = &ownership.Checkout{Root: s.Layout.Root, Dir: filepath.Dir(p.Files[0]), Files: files, IsRoot: s.Layout.IsCheckout,
			Local: !s.Client.Remote()}
	}
	s.checkedOut.Read = func() ownership.Claim { return ownership.ReadClaim(s.claimPath(ctx)) }
	return s.checkedOut
}

// makers judges containers.
func (s *Session) makers(ctx context.Context, lists ...[]observe.Container) infra.Makers {
	m := infra.Makers{}
	for _, list := range lists {
		for _, c := range list {
			m[c.ID] = s.Checkout(ctx).Container(c.Dir, c.Files)
		}
	}
	return m
}

// MakersOf judges all containers of a state.
func (s *Session) MakersOf(ctx context.Context, state observe.State) infra.Makers {
	lists := [][]observe.Container{state.OneOff}
	for _, list := range state.Containers {
		lists = append(lists, list)
	}
	return s.makers(ctx, lists...)
}

// VolumeMakers judges the project's volumes by who uses them and what was noted.
func (s *Session) VolumeMakers(ctx context.Context) (map[string]ownership.Maker, error) {
	list, err := s.Volumes(ctx)
	if err != nil {
		return nil, err
	}
	makers := map[string]ownership.Maker{}
	for _, v := range list {
		makers[v.Name] = s.volumeMaker(ctx, v)
	}
	return makers, nil
}

func (s *Session) volumeMaker(ctx context.Context, v infra.Leftover) ownership.Maker {
	var users []ownership.Maker
	for _, c := range v.Users {
		users = append(users, s.Checkout(ctx).Container(c.Dir, c.Files))
	}
	return s.Checkout(ctx).Volume(v.Name, users)
}

// Networks are the project's, with the running containers on them: one that
// has ended is in nobody's way.
func (s *Session) Networks(ctx context.Context) ([]infra.Leftover, error) {
	own, err := s.Client.Networks(ctx, s.Project.Name)
	if err != nil || len(own) == 0 {
		return nil, err
	}
	running, err := s.Client.AllContainers(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]infra.Leftover, 0, len(own))
	for _, n := range own {
		off := func(c observe.Container) bool { return !slices.Contains(c.NetworkIDs, n.ID) }
		list = append(list, infra.Leftover{ID: n.ID, Name: n.Name, Users: slices.DeleteFunc(slices.Clone(running), off)})
	}
	return list, nil
}

// Volumes are the project's, with all containers that mount them: one that has
// ended holds on to its data as well.
func (s *Session) Volumes(ctx context.Context) ([]infra.Leftover, error) {
	names, err := s.Client.Volumes(ctx, s.Project.Name)
	if err != nil {
		return nil, err
	}
	var list []infra.Leftover
	for _, name := range names {
		users, err := s.Client.VolumeUsers(ctx, name)
		if err != nil {
			return nil, err
		}
		list = append(list, infra.Leftover{Name: name, Users: users})
	}
	return list, nil
}

// ForeignStack is the error of a target that would change what others have made.
func ForeignStack(s *Session, origins []string) *failure.Error {
	f := failure.New(failure.Preflight, "project %q is of another checkout: %s", s.Project.Name, origins[0]).
		WithHint("mage env:isolate gives this checkout a stack of its own; mage %s -adopt takes that one over, its volumes kept", UpTarget(s))
	if len(origins) > 1 {
		f.Message = fmt.Sprintf("project %q is of other checkouts", s.Project.Name)
		f.Details = origins
	}
	return f
}

// Touchable is the state that a target may change, where it may.
func Touchable(ctx context.Context, s *Session, state observe.State) (observe.State, error) {
	makers := s.MakersOf(ctx, state)
	if others := makers.InTheWay(s.Project, state); len(others) > 0 {
		return state, ForeignStack(s, makers.Origins(others))
	}
	return makers.Planned(s.Project, state), nil
}

const (
	deployTo     = "mage deploy:to ENV"
	deployShell  = "mage deploy:shell ENV SERVICE"
	deployStatus = "mage deploy:status ENV shows it, mage deploy:to ENV changes it"
)

// PluginCommand stands in Deployed for every command of a plugin: which of them only
// look, nobody can tell. Its own name is known for it.
const PluginCommand = "PLUGIN:COMMAND"

// Deployed has each target that changes what is on an engine, or runs something in it,
// and what is typed instead where the project was deployed to that engine. Targets that
// are not here only look.
var Deployed = map[string]string{
	"infra:up": deployTo, "infra:start": deployTo, "infra:restart": deployTo, "infra:recreate": deployTo, "infra:pull": deployTo,
	"dev:up": deployTo, "dev:watch": deployTo,
	"infra:stop": deployStatus, "infra:down": deployStatus,
	"clean:all": deployStatus, "clean:containers": deployStatus, "clean:images": deployStatus, "clean:volumes": deployStatus,
	"plugin:restore": deployShell, "plugin:test": deployShell, PluginCommand: deployShell,
	"infra:exec":   "mage deploy:exec ENV SERVICE CMD",
	"infra:shell":  deployShell,
	"infra:psql":   "psql is in it: " + deployShell,
	"infra:redis":  "redis-cli is in it: " + deployShell,
	"infra:cypher": "cypher-shell is in it: " + deployShell,
	"infra:import": `into an empty database: mage deploy:exec ENV SERVICE 'PGPASSWORD=$POSTGRES_PASSWORD psql -U USER -d DATABASE -v ON_ERROR_STOP=1 -1 -q' <PATH`,
}

// NotDeployed refuses a target, where it is among Deployed, on an engine that the project was deployed to:
// what is there is a release's, which deploy:* changes. known are words of what is
// typed instead, each followed by what is known for it: "SERVICE", "db".
func (s *Session) NotDeployed(ctx context.Context, target string, known ...string) error {
	instead, changes := Deployed[target]
	if !changes {
		return nil
	}
	all, err := s.Client.Labelled(ctx, deploy.LabelProject)
	if err != nil {
		return err
	}
	for _, c := range all {
		name := c.Labels[deploy.LabelProject]
		if !slices.Contains([]string{s.Project.Name, s.Project.Variable("DEPLOY_NAME")}, name) {
			continue
		}
		fill := strings.NewReplacer(append(known, "ENV", cmp.Or(s.Project.Env, "ENV"))...)
		return failure.New(failure.Refused, "%s was deployed to this engine, and %s leaves a deployment alone", name, fill.Replace(target)).
			WithHint("%s", fill.Replace(instead))
	}
	return nil
}

// WarnOthers says in a line, once, whose stack it is that a target looks at,
// where it is not this checkout's.
func WarnOthers(ctx context.Context, s *Session, state observe.State) {
	makers := s.MakersOf(ctx, state)
	if others := makers.InTheWay(s.Project, state); len(others) > 0 && !s.Warned {
		s.Warned = true
		f := ForeignStack(s, makers.Origins(others))
		s.Run.Tell("note: %s", strings.Join(append([]string{f.Message}, f.Details...), "; "))
	}
}

// UpTarget is what brings all of the stack up that is looked at.
func UpTarget(s *Session) string {
	if s.Project.BackendFile() != "" {
		return "dev:up"
	}
	return "infra:up"
}

// claimPath is one file for each engine and project, however the engine is
// reached; "" where this user has no cache directory.
func (s *Session) claimPath(ctx context.Context) string {
	return ClaimPath(ctx, s.Run, s.Client, s.Project.Name)
}

// ClaimPath is where it is noted whose the project of an engine is.
func ClaimPath(ctx context.Context, w *app.Run, c *docker.Client, project string) string {
	dir := w.CacheDir()
	if dir == "" {
		return ""
	}
	id, err := c.ID(ctx)
	if err != nil {
		id = c.Endpoint.Host
	}
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(dir, "spellbook", "stacks", project+"-"+hex.EncodeToString(sum[:4])+".json")
}

// ClaimBegin notes, before anything is made, that this checkout brings the
// stack up: a run that is cut short must know its containers again.
func (s *Session) ClaimBegin(ctx context.Context) {
	s.claim(ctx, s.Checkout(ctx).Noted().Stack(s.Layout.Root))
}

// ClaimStack notes that this checkout has brought the stack up, and that the
// volumes of its files are its own. It must not keep anything from being done.
func (s *Session) ClaimStack(ctx context.Context) {
	if s.unclaimed {
		return
	}
	names, err := s.Client.Volumes(ctx, s.Project.Name)
	if err != nil {
		s.claimFailed(err)
		return
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !s.Project.HasVolume(name) })
	s.claim(ctx, s.Checkout(ctx).Noted().Stack(s.Layout.Root).Keep(s.Layout.Root, names...))
}

// ClaimVolumes notes that volumes are this checkout's whose containers are
// about to go: afterwards nothing else would say so. Those that go are nobody's.
func (s *Session) ClaimVolumes(ctx context.Context, going []string) {
	makers, err := s.VolumeMakers(ctx)
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
	s.claim(ctx, s.Checkout(ctx).Noted().Keep(s.Layout.Root, names...).Forget(going...))
}

func (s *Session) claim(ctx context.Context, next ownership.Claim) {
	if reflect.DeepEqual(next, s.Checkout(ctx).Noted()) {
		return
	}
	s.Checkout(ctx).Claim = next
	if err := next.Write(s.claimPath(ctx)); err != nil {
		s.claimFailed(err)
	}
}

func (s *Session) claimFailed(err error) {
	if s.claimWarned {
		return
	}
	s.claimWarned = true
	s.Run.Tell("warning: it is not noted whose the volumes of %s are: %s", s.Project.Name, err)
}
