package deploy

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

// adoptedFile lies beside the model of the infrastructure.
const adoptedFile = "adopted.json"

// lookByHand finds the containers of the Compose project of this name that no
// deployment made. Those that were taken over count as its infrastructure.
func (o *operation) lookByHand(ctx context.Context) error {
	o.seen.adopted, o.seen.byHand, o.seen.kept = deploy.Adopted{}, nil, nil
	data, err := missing(o.store.Read(ctx, adoptedFile))
	if err != nil {
		return err
	}
	if data != nil {
		if err := json.Unmarshal(data, &o.seen.adopted); err != nil {
			return fmt.Errorf("read %s: %w", o.store.Path(adoptedFile), err)
		}
	}
	all, err := o.engine.Containers(ctx, o.settings.Name)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Labels[deploy.LabelProject] != "" || c.Labels[docker.LabelOneOff] == "True" {
			continue
		}
		if hash, kept := o.seen.adopted.Containers[c.ID]; kept {
			o.seen.kept = append(o.seen.kept, o.labelled(c, hash))
		} else {
			o.seen.byHand = append(o.seen.byHand, c)
		}
	}
	return nil
}

// labelled is a container as if a deployment had made it.
func (o *operation) labelled(c observe.Container, hash string) observe.Container {
	c.Labels = maps.Clone(c.Labels)
	c.Labels[deploy.LabelProject], c.Labels[deploy.LabelService], c.Labels[deploy.LabelHash] = o.settings.Name, c.Service, hash
	return c
}

// notByHand refuses a server where somebody runs the project by hand: its ports are
// taken, and its containers would count as another's.
func (o *operation) notByHand() error {
	if len(o.seen.byHand) == 0 {
		return nil
	}
	var names []string
	for _, c := range o.seen.byHand {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return failure.New(failure.Preflight, "%s runs %s by hand: %s", o.settings.Host, o.settings.Name, strings.Join(names, ", ")).
		WithHint("take it over: mage deploy:setup %s -adopt", o.Project.Env)
}
