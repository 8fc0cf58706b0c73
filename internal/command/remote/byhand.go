package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// AdoptedFile lies beside the model of the infrastructure.
const AdoptedFile = "adopted.json"

// lookByHand finds the containers of the Compose project of this name that no
// deployment made. Those that were taken over count as its infrastructure.
func (o *Operation) lookByHand(ctx context.Context) error {
	o.Seen.Adopted, o.Seen.ByHand, o.Seen.Kept = deploy.Adopted{}, nil, nil
	data, err := Missing(o.Store.Read(ctx, AdoptedFile))
	if err != nil {
		return err
	}
	if data != nil {
		if err := json.Unmarshal(data, &o.Seen.Adopted); err != nil {
			return fmt.Errorf("read %s: %w", o.Store.Path(AdoptedFile), err)
		}
	}
	all, err := o.Engine.Containers(ctx, o.Settings.Name)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Labels[deploy.LabelProject] != "" || c.Labels[docker.LabelOneOff] == "True" {
			continue
		}
		if hash, kept := o.Seen.Adopted.Containers[c.ID]; kept {
			o.Seen.Kept = append(o.Seen.Kept, o.Labelled(c, hash))
		} else {
			o.Seen.ByHand = append(o.Seen.ByHand, c)
		}
	}
	return nil
}

// Labelled is a container as if a deployment had made it.
func (o *Operation) Labelled(c observe.Container, hash string) observe.Container {
	c.Labels = maps.Clone(c.Labels)
	c.Labels[deploy.LabelProject], c.Labels[deploy.LabelService], c.Labels[deploy.LabelHash] = o.Settings.Name, c.Service, hash
	return c
}

// NotByHand refuses a server where somebody runs the project by hand: its ports are
// taken, and its containers would count as another's.
func (o *Operation) NotByHand() error {
	if len(o.Seen.ByHand) == 0 {
		return nil
	}
	var names []string
	for _, c := range o.Seen.ByHand {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return failure.New(failure.Preflight, "%s runs %s by hand: %s", o.Settings.Host, o.Settings.Name, strings.Join(names, ", ")).
		WithHint("take it over: mage deploy:setup %s -adopt", o.Project.Env)
}
