package observe

import "context"

// Networks are those of the engine, and where duplicated says that two of the
// model's have one name also who is on which, by ID. Without an answer less is
// noticed.
func Networks(ctx context.Context, c Prober, duplicated func([]Network) bool) ([]Network, map[string][]Container) {
	list, _ := c.Networks(ctx, "")
	if !duplicated(list) {
		return list, nil
	}
	running, _ := c.AllContainers(ctx)
	on := map[string][]Container{}
	for _, container := range running {
		for _, id := range container.NetworkIDs {
			on[id] = append(on[id], container)
		}
	}
	return list, on
}
