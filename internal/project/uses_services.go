package project

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/dotenv"
)

// extends notes that a service extends another one: its name, or a mapping.
func (w *useWalker) extends(service string, n *yaml.Node) {
	b := extension{service: service, in: w.p.Short(w.src.path), file: w.p.Short(w.src.path)}
	if n.Kind == yaml.ScalarNode {
		b.from = n.Value
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		switch n.Content[i].Value {
		case "service":
			b.from = n.Content[i+1].Value
		case "file":
			b.file = w.p.Short(w.p.resolve(n.Content[i+1].Value, w.dir()))
		}
	}
	w.bases = append(w.bases, b)
}

// dir is what relative paths of the file start from.
func (w *useWalker) dir() string {
	if slices.Contains(w.p.Files, w.src.path) {
		return filepath.Dir(w.p.Files[0])
	}
	return filepath.Dir(w.src.path)
}

// extend adds to each service what the one it extends reads, until there is
// nothing to add.
func (w *useWalker) extend() {
	type reader struct {
		use Use
		in  string // the file in which the service is
	}
	var list []reader
	known := map[reader]bool{}
	for _, u := range w.uses {
		list = append(list, reader{u, u.File})
	}
	for i := 0; i < len(list) && i < most; i++ {
		for _, b := range w.bases {
			if list[i].use.Service != b.from || list[i].in != b.file {
				continue
			}
			r := reader{list[i].use, b.in}
			if r.use.Service = b.service; !known[r] {
				known[r] = true
				list, w.uses = append(list, r), append(w.uses, r.use)
			}
		}
	}
}

// envFiles adds what the services' env files read.
func (w *useWalker) envFiles() {
	for name, s := range w.p.all() {
		for _, f := range s.EnvFiles {
			for _, e := range envEntries(f.Path) {
				w.entry(Use{File: w.p.Short(f.Path), Line: e.Line, Path: e.Name, Service: name}, e, f.Format)
			}
		}
	}
}

// entry adds what one line reads; a raw file is not interpolated.
func (w *useWalker) entry(at Use, e dotenv.Entry, format string) {
	if e.Kind == dotenv.Bare {
		at.Variable, at.ByName = e.Name, true
		w.uses = append(w.uses, at)
	}
	if format == "raw" {
		return
	}
	for _, m := range e.Mentions() {
		u := use(m, at.Line)
		u.File, u.Path, u.Service = at.File, at.Path, at.Service
		w.uses = append(w.uses, u)
	}
}

// all are the services, enabled or not.
func (p *Project) all() types.Services {
	services := maps.Clone(p.Model.Services)
	maps.Copy(services, p.Model.DisabledServices)
	return services
}

// Delivery is a variable that the containers of a service get.
type Delivery struct {
	Variable string
	Service  string
	File     string // as shown; "" where it was not found
	Line     int
	EnvFile  bool // by env_file:, and no environment: of the service sets it
}

// Deliveries are the variables in the containers of all services, enabled or
// not, sorted by service and name. A NAME alone that nothing sets is none.
func (p *Project) Deliveries() []Delivery {
	l := newLocator(p)
	var list []Delivery
	services := p.all()
	for _, name := range slices.Sorted(maps.Keys(services)) {
		s := services[name]
		for _, variable := range delivered(s) {
			list = append(list, l.delivery(s, name, variable))
		}
	}
	return list
}

// delivered are the names in a service's environment. compose-go reads the env
// files of enabled services only.
func delivered(s types.ServiceConfig) []string {
	var list []string
	for name, value := range s.Environment {
		if value != nil {
			list = append(list, name)
		}
	}
	for _, f := range s.EnvFiles {
		for _, e := range envEntries(f.Path) {
			if e.Kind == dotenv.Assignment {
				list = append(list, e.Name)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (l *locator) delivery(s types.ServiceConfig, service, variable string) Delivery {
	d := Delivery{Variable: variable, Service: service}
	path := "services." + service + ".environment." + variable
	if len(l.all(path)) == 0 {
		path = l.inherited(path, 0)
	}
	if hits := l.all(path); len(hits) > 0 {
		at := l.place(hits[len(hits)-1])
		d.File, d.Line = at.file, at.line
		return d
	}
	for _, f := range slices.Backward(s.EnvFiles) {
		for _, e := range slices.Backward(envEntries(f.Path)) {
			if e.Name == variable {
				d.File, d.Line, d.EnvFile = l.p.Short(f.Path), e.Line, true
				return d
			}
		}
	}
	return d
}
