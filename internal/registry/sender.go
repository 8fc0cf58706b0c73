package registry

import (
	"context"
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// Sender sends images of the local engine to a server's, all through one Server
// that begins with the first and one way there.
type Sender struct {
	Local, Remote *docker.Client
	Platform      string // the server's
	Dir           string // of blobs, see Options
	// Tunnel makes an address of this machine reachable from the server's loopback,
	// and says where; "" where it is refused: images go as archives then.
	Tunnel func(ctx context.Context, local string) (address string, err error)

	server  *Server
	reached bool   // the way to the server is open, or known to be closed
	address string // for the server's engine; "" where there is no tunnel
	saved   bool   // the local engine has a loopback of its own, as in a virtual machine
}

// Pack has the local engine's image in the registry of this process, and says
// what it is.
func (s *Sender) Pack(ctx context.Context, source string, as Release, progress docker.Progress) (Image, error) {
	if s.server == nil {
		server, err := Serve(ctx, Options{Dir: s.Dir})
		if err != nil {
			return Image{}, err
		}
		s.server, s.saved = server, !server.Reached(ctx, s.Local, server.Addr())
	}
	if s.saved {
		return s.server.Save(ctx, s.Local, source, as)
	}
	return s.server.Push(ctx, s.Local, source, as, s.Platform, progress)
}

// Send brings one image to the server under its name there. told is what is being
// done, with its progress.
func (s *Sender) Send(ctx context.Context, source string, as Release, told func(doing string) docker.Progress) error {
	pushed, err := s.Pack(ctx, source, as, told("packing"))
	if err != nil {
		return err
	}
	if !s.reached {
		if s.address, err = s.Tunnel(ctx, s.server.Addr()); err != nil {
			return err
		}
		s.reached = true
	}
	there, err := s.Remote.ImageConfigs(ctx)
	if err != nil {
		return err
	}
	if s.address == "" {
		return s.server.Load(ctx, s.Remote, pushed, as, there, told("sending"))
	}
	return s.server.Pull(ctx, s.Remote, s.address, pushed, as, there, told("sending"))
}

// Close ends the registry: it forgets layers that none has needed for long.
func (s *Sender) Close() error {
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// Named is what a name on the server says; see Release.Tag.
func Named(project, ref string) (Release, error) {
	service, tag, _ := strings.Cut(strings.TrimPrefix(ref, "spellbook/"+project+"/"), ":")
	as := Release{Project: project, Service: service, Release: tag}
	if as.Tag() != ref {
		return as, fmt.Errorf("%s is no name of an image on the server", ref)
	}
	return as, nil
}
