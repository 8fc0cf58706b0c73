package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// shipped is the sample backend with its infrastructure, deployed to a server.
type shipped struct {
	*backendStack
	*devserver
}

func (b *bench) shipped() (*shipped, error) {
	s, err := b.backend()
	if err != nil {
		return nil, err
	}
	server, err := b.devserver()
	if err != nil {
		return nil, err
	}
	o := &shipped{s, server}
	lab, err := os.ReadFile(filepath.Join(s.dir, "env", ".env.lab"))
	if err == nil {
		err = os.WriteFile(filepath.Join(s.dir, "env", ".env.dev"), append(lab, server.settings()...), 0o600)
	}
	s.env = append(without(s.env, "PATH"), server.path())
	if err == nil {
		_, err = o.run("deploy:dev", "-yes")
	}
	if err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// run is a run of a target that deploys; variables begin it.
func (o *shipped) run(words ...string) (shipment, error) {
	env := slices.Clone(o.env)
	for len(words) > 0 && strings.Contains(words[0], "=") && !strings.HasPrefix(words[0], "-") {
		env, words = append(env, words[0]), words[1:]
	}
	return o.ship(o.backendStack.dir, env, o.binary, words...)
}

func (o *shipped) close() {
	o.devserver.close()
	o.forget()
}

// shipping measures deploy:dev with nothing changed, and deploy:rollback.
func shipping(b *bench) ([]row, error) {
	o, err := b.shipped()
	if err != nil {
		return nil, err
	}
	defer o.close()
	idle, err := o.idle()
	if err != nil {
		return nil, err
	}
	back, err := o.back()
	return []row{idle, back}, err
}

// idle is deploy:dev that finds everything deployed.
func (o *shipped) idle() (row, error) {
	ours := side{name: "Spellbook", command: "mage deploy:dev -yes"}
	before, err := o.signIns()
	if err != nil {
		return row{}, err
	}
	began := time.Now().Add(time.Second).Unix() // what the deployment did is older
	time.Sleep(2 * time.Second)
	for range o.b().rounds.fast {
		s, err := o.run("deploy:dev", "-yes")
		if err == nil && !strings.Contains(s.out, nothing) {
			err = fmt.Errorf("deploy:dev found something to do:\n%s", tail(s.out))
		}
		if err != nil {
			return row{}, err
		}
		ours.add(s.outcome)
	}
	after, err := o.signIns()
	if err != nil {
		return row{}, err
	}
	events, err := o.inside("docker", "events", "--since", fmt.Sprint(began), "--until", fmt.Sprint(time.Now().Unix()),
		"--filter", "event=create", "--filter", "event=start", "--filter", "event=stop", "--filter", "event=die", "--filter", "event=destroy",
		"--filter", "event=update", "--filter", "event=pull", "--filter", "event=load", "--filter", "event=tag", "--filter", "event=connect", "--filter", "event=disconnect")
	n := len(strings.Fields(events))
	each := float64(after-before) / float64(o.b().rounds.fast)
	return row{title: "Deployment with nothing changed", sides: []side{ours}, bounds: []bound{
		under("median,", ours.took.median(), time.Second),
		under("ours of that, as CPU of the process and its children, median,", ours.cpu.median(), 300*time.Millisecond),
		{text: "sign-ins at the server's sshd, a run: 1", got: digits(each), holds: each == 1},
		{text: "events of the server's engine that change anything: none", got: fmt.Sprint(n), holds: n == 0},
	}, notes: []string{"The sample backend with PostgreSQL, Redis and Neo4j's stand-in. The sources of its images are compared too."}}, err
}

func (o *shipped) b() *bench { return o.devserver.b }

// signIns is how often sshd has let anybody in.
func (o *shipped) signIns() (int, error) {
	all, err := exec.CommandContext(o.b().ctx, "docker", "logs", o.name).CombinedOutput()
	return strings.Count(string(all), "Accepted publickey"), err
}

// back is deploy:rollback to the release before, and forth again.
func (o *shipped) back() (row, error) {
	ours := side{name: "Spellbook", command: "mage deploy:rollback dev -yes -yesschema"}
	for n := range o.b().rounds.cold {
		if _, err := o.run(fmt.Sprintf("AGENT_WORK=%dms", 60+n), "deploy:dev", "-yes"); err != nil {
			return row{}, err
		}
		s, err := o.run("deploy:rollback", "dev", "-yes", "-yesschema")
		if err == nil && s.switched == 0 {
			err = errors.New("it did not switch")
		}
		if err != nil {
			return row{}, err
		}
		s.took = s.switched
		ours.add(s.outcome)
	}
	return row{title: "Rollback to the release before, to the switch", sides: []side{ours},
		bounds: []bound{under("median,", ours.took.median(), 5*time.Second)},
		notes:  []string{"The sample backend: an API gateway and its agents, of one image, started and ready beside those that serve."}}, nil
}

// underLoad runs the tests of deployments under load as often as is asked for.
func underLoad(b *bench) ([]row, error) {
	return b.endures("Deployments under load", "UnderLoad|TwoDevelopers")
}

// cuts runs those of deployments that are cut.
func cuts(b *bench) ([]row, error) {
	return b.endures("Deployments that are cut anywhere", "IsKilled|IsCut")
}

// endures runs tests of deployments with the full counts, and shows the figures that
// they print.
func (b *bench) endures(title, tests string) ([]row, error) {
	line := []string{"go", "test", "./test/e2e/deploy", "-count=1", "-v", "-timeout=4h", "-parallel=1", "-run=" + tests, "-args", "-full"}
	o, err := execute(b.ctx, b.root, os.Environ(), line...)
	if err != nil {
		return nil, err
	}
	ours := side{name: "Spellbook", command: strings.Join(line, " ")}
	ours.add(o)
	r := row{title: title, sides: []side{ours}}
	for text := range strings.Lines(o.out) {
		if _, figure, found := strings.Cut(text, "figure: "); found {
			r.notes = append(r.notes, strings.TrimSpace(figure))
		}
	}
	r.bounds = []bound{{text: "all of these tests pass", got: fmt.Sprintf("exit code %d", o.code), holds: o.code == 0 && len(r.notes) > 0}}
	if o.code != 0 {
		b.logf("%s", o.all) // what failed may be far above its end
	}
	return []row{r}, nil
}
