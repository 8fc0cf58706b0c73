package test

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/project"
)

// inMemory are the volumes of the stack that may be in memory, each with its owner,
// UID:GID. The engine makes such a volume anew each time that it is mounted, without
// what the image has at its place: so what uses it has to begin as root, who gives it
// away, or as an owner that is a number. Those that may not are told.
func (t *starting) inMemory(ctx context.Context, own *load.Session) (owners map[string]string, err error) {
	owners = map[string]string{}
	var kept []string
	for key := range own.Project.Model.Volumes {
		owner, ok := "", true
		for i, service := range usersOf(own.Project, key) {
			one, known, err := ownerOf(ctx, own, service)
			if err != nil {
				return nil, err
			}
			if ok = ok && known && (i == 0 || one == owner); i == 0 {
				owner = one
			}
		}
		if owners[key] = owner; !ok {
			delete(owners, key)
			kept = append(kept, key)
		}
	}
	if slices.Sort(kept); len(kept) > 0 {
		t.run.Tell("note: not in memory, as what uses it begins as a user of a name: %s", strings.Join(kept, ", "))
	}
	return owners, nil
}

// usersOf are the services that mount a volume.
func usersOf(p *project.Project, volume string) []string {
	return slices.DeleteFunc(p.Services(), func(service string) bool {
		return !slices.ContainsFunc(p.Model.Services[service].Volumes, func(v types.ServiceVolumeConfig) bool {
			return v.Type == types.VolumeTypeVolume && v.Source == volume
		})
	})
}

// ownerOf is who a service begins as, UID:GID, "" for root; false where that is a
// name, or not known. The official images of databases begin as root.
func ownerOf(ctx context.Context, own *load.Session, service string) (owner string, ok bool, err error) {
	s := own.Project.Model.Services[service]
	user := s.User
	if user == "" {
		image, found, err := own.Client.ImageConfig(ctx, s.Image)
		if err != nil {
			return "", false, err
		}
		if _, database := infra.DatabaseOf(own.Project, service); !found && !database {
			return "", false, nil
		}
		user = image.User
	}
	uid, gid, both := strings.Cut(user, ":")
	if !both {
		gid = "0"
	}
	switch _, err := strconv.ParseUint(uid, 10, 31); {
	case uid == "" || uid == "root" || uid == "0":
		return "", true, nil
	case err != nil || strings.Trim(gid, "0123456789") != "":
		return "", false, nil
	}
	return uid + ":" + gid, true, nil
}
