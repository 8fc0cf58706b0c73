package project

import "testing"

func TestOnlyWhatWasThereAndChangedReshapesTheStack(t *testing.T) {
	const services = "name: lab\nservices: {api: {image: app, networks: [front]}}\n"
	const base = services + "networks: {front: {driver: bridge}}\nvolumes: {data: {labels: {a: b}}}\n"
	last := digestsOf(t, base)
	for _, c := range []struct {
		title, text string
		want        bool
	}{
		{"the same", base, false},
		{"another volume", services + "networks: {front: {driver: bridge}}\nvolumes: {data: {labels: {a: b}}, more: {labels: {a: b}}}\n", false},
		{"a volume less", services + "networks: {front: {driver: bridge}}\n", false},
		{"a network that changed", services + "networks: {front: {driver: bridge, internal: true}}\nvolumes: {data: {labels: {a: b}}}\n", true},
		{"a volume that changed", services + "networks: {front: {driver: bridge}}\nvolumes: {data: {labels: {a: c}}}\n", true},
		{"a config", base + "configs: {c: {content: x}}\n", true},
	} {
		if got := digestsOf(t, c.text).Reshape(last); got != c.want {
			t.Errorf("%s: %v", c.title, got)
		}
	}
}
