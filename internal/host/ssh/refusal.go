package ssh

import (
	"context"
	"os/exec"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// refusals are the ways in which ssh does not get in, by its words.
var refusals = []struct{ words, hint string }{
	{"Could not resolve hostname", "correct the name, or give it a Host of ~/.ssh/config: ssh %s has to get there"},
	{"Connection refused", "is sshd running there, at this port? try: ssh %s"},
	{"Permission denied (", "ssh %s has to get in without a question: ssh-add your key, or let the server know it with ssh-copy-id"},
	{"Too many authentication failures", "name the one key for it in ~/.ssh/config (IdentityFile, IdentitiesOnly yes), then: ssh %s"},
	{"", "try: ssh %s"},
}

var (
	sentKey = lazyregexp.New(`Server host key: (\S+ \S+)`)
	sentNow = lazyregexp.New(`(?s)The fingerprint for the (\S+) key sent by the remote host is\s+(SHA256:\S+?)\.?\s`)
	removal = lazyregexp.New(`(ssh-keygen -f "[^"]+" -R "[^"]+")`)
)

// refused is why the server did not let us in, out of what ssh said.
func (s *Server) refused(ctx context.Context, said string) error {
	if strings.Contains(said, "Host key verification failed") || strings.Contains(said, "has changed and you have requested strict checking") {
		return s.unproven(ctx, said)
	}
	reason := lastLine(said)
	if reason == "" {
		reason = "the session ended before it began"
	}
	e := failure.New(failure.Preflight, "no connection to %s: %s", s.Destination, reason)
	for _, refusal := range refusals {
		if strings.Contains(said, refusal.words) {
			return e.WithHint(refusal.hint, s.byHand())
		}
	}
	return e
}

// unproven is about a host key that is not known, or is not the known one.
func (s *Server) unproven(ctx context.Context, said string) error {
	const console = "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
	if now := sentNow.FindStringSubmatch(said); now != nil {
		e := failure.New(failure.Preflight, "the host key of %s is not the one that is known: somebody may be in between, or the server was set up anew", s.Destination).
			WithDetails("it now shows "+now[1]+" "+now[2], "compare it with what the server's own console says: "+console)
		if forget := removal.FindStringSubmatch(said); forget != nil {
			return e.WithHint("only if they are equal: %s, then confirm the new one with ssh %s", forget[1], s.byHand())
		}
		return e.WithHint("only if they are equal, remove the old one from known_hosts, then: ssh %s", s.byHand())
	}
	e := failure.New(failure.Preflight, "the host key of %s is not known yet", s.Destination)
	if key := s.shownKey(ctx); key != "" {
		e.WithDetails("it shows "+key, "compare it with what the server's own console says: "+console)
	}
	return e.WithHint("confirm it once by hand: ssh %s", s.byHand())
}

// shownKey is the type and the fingerprint of the host key that the server shows.
// Without a terminal ssh refuses an unknown one and does not say which it was. It
// ends there again, before anybody signs in.
func (s *Server) shownKey(ctx context.Context) string {
	within, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	asked, err := s.command("exit")
	if err != nil {
		return ""
	}
	look := exec.CommandContext(within, asked.Path, append([]string{"-v", "-o", "PreferredAuthentications=none"}, asked.Args[1:]...)...)
	look.Env, look.WaitDelay = asked.Env, grace
	own(look)
	out, _ := look.CombinedOutput()
	shown := sentKey.FindAllStringSubmatch(string(out), -1)
	if len(shown) == 0 {
		return ""
	}
	return shown[len(shown)-1][1] // those of jump hosts come first
}

// byHand is the destination as it is typed after ssh.
func (s *Server) byHand() string {
	line := s.target[len(s.target)-1]
	for i, option := range s.target {
		switch option {
		case "-l":
			line = s.target[i+1] + "@" + line
		case "-p":
			line = "-p " + s.target[i+1] + " " + line
		}
	}
	return line
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}
