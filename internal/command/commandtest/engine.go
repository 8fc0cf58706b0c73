package commandtest

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Engine is an engine as a value: what it has, and what it was told to do. What
// it is asked for beyond that fails the test.
type Engine struct {
	T          *testing.T
	Containers []*Container
	Images     []*Image
	Networks   []*Network
	Volumes    []*Volume
	// Registry has the digests of images in registries, by reference.
	Registry map[string]string
	// Snapshotter: it has containerd's image store, which holds several platforms.
	Snapshotter bool
	// Fails has the engine refuse what it is told, by "METHOD path" as in Done.
	Fails map[string]string
	// Memory is of its machine, in bytes.
	Memory int64
	// Exec runs a command in a container; nil where a test runs none.
	Exec func(Exec) (out, errs string, code int)
	// Stack is what a Compose makes; see NewStack.
	Stack []*Container

	Asked   atomic.Int64
	mu      sync.Mutex
	done    []string
	streams streams
	compose *compose // nil where there is none
}

// Container is one of an Engine. It runs unless State says otherwise.
type Container struct {
	ID, Name       string
	Labels         map[string]string
	Image, ImageID string
	State, Status  string // Status is made of the others where it is empty
	NetworkIDs     []string
	Volumes        []string
	SizeRw         int64
	Health         string
	ExitCode       int
	OOM, Killed    bool
	Restarts       int
	Ports          []Port
	Files          []string // in it
	Log            []LogLine
	Output         string // of its last health check
	Stats          string // JSON
	Started        time.Time
}

// Port is a published port.
type Port struct {
	IP              string
	Host, Container uint16
}

// Network is one of an Engine.
type Network struct {
	ID, Name string
	Labels   map[string]string
}

// Volume is one of an Engine.
type Volume struct {
	Name   string
	Labels map[string]string
	Size   int64
}

// Of are Compose's labels of a project's thing, and further ones by pairs.
func Of(project string, pairs ...string) map[string]string {
	labels := map[string]string{"com.docker.compose.project": project}
	for i := 0; i < len(pairs); i += 2 {
		labels[pairs[i]] = pairs[i+1]
	}
	return labels
}

// Container is a service's container as Compose makes it in this repository.
func (r *Repository) Container(service, image string) *Container {
	return &Container{ID: "id-" + service, Name: "demo-" + service + "-1", Image: image, ImageID: "sha256:" + service, Labels: Of("demo", "com.docker.compose.service", service,
		"com.docker.compose.container-number", "1", "com.docker.compose.oneoff", "False", "com.docker.compose.config-hash", "1",
		"com.docker.compose.project.working_dir", filepath.Join(r.Dir, "compose"),
		"com.docker.compose.project.config_files", filepath.Join(r.Dir, "compose", "docker-compose.yml"))}
}

// Done is what it was told to do, a line each: the method, and the path with
// names.
func (e *Engine) Done() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	return strings.Join(e.done, "\n")
}

// Forget forgets what was done so far.
func (e *Engine) Forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	e.done = nil
}

// Image is the one that a reference or an ID names; nil for none.
func (e *Engine) Image(ref string) *Image {
	i := slices.IndexFunc(e.Images, func(i *Image) bool {
		return i.ID == ref || slices.Contains(i.Tags, ref) || slices.Contains(i.Tags, ref+":latest")
	})
	if i < 0 {
		return nil
	}
	return e.Images[i]
}

// version is what clients put before a path.
var version = regexp.MustCompile(`^/v[0-9.]+/`)

func (e *Engine) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	e.Asked.Add(1)
	w.Header().Set("Api-Version", "1.44")
	w.Header().Set("Content-Type", "application/json")
	path := strings.TrimPrefix(version.ReplaceAllString(q.URL.Path, "/"), "/")
	if serve := e.stream(q.Method, path); serve != nil {
		serve(w, q)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	if q.Method == http.MethodPost || q.Method == http.MethodDelete {
		e.change(w, q, path)
		return
	}
	if answer := e.answer(w, q, path); answer != nil {
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// m is a JSON object.
type m = map[string]any

// answer is what there is at a path; nil where it has been told that there is
// nothing.
func (e *Engine) answer(w http.ResponseWriter, q *http.Request, path string) any {
	name := strings.TrimSuffix(path[strings.Index(path, "/")+1:], "/json")
	switch {
	case path == "_ping":
		return "OK"
	case path == "version":
		return m{"Os": "linux", "Arch": "amd64", "ApiVersion": "1.44"}
	case path == "info":
		store := map[bool]string{true: "io.containerd.snapshotter.v1", false: "overlay2"}[e.Snapshotter]
		return m{"ID": "engine of " + e.T.Name(), "OSType": "linux", "ServerVersion": "27.0.0", "MemTotal": e.Memory, "DriverStatus": [][2]string{{"driver-type", store}}}
	case path == "containers/json":
		return e.containers(q.URL.Query())
	case path == "images/json":
		named := slices.DeleteFunc(slices.Clone(e.Images), func(i *Image) bool { return !i.named(q.URL.Query()) })
		return listed(named, q.URL.Query(), func(i *Image) (map[string]string, m) {
			object := i.json(i.Created.Unix())
			if e.Snapshotter { // the packed layers, which an inspection tells of, and the unpacked
				object["Size"] = 3 * i.Size
			}
			return i.Labels, object
		})
	case path == "networks":
		return listed(e.Networks, q.URL.Query(), func(n *Network) (map[string]string, m) {
			return n.Labels, m{"Id": n.ID, "Name": n.Name, "Labels": n.Labels}
		})
	case path == "volumes":
		return m{"Volumes": listed(e.Volumes, q.URL.Query(), func(v *Volume) (map[string]string, m) { return v.Labels, v.json() })}
	case path == "system/df":
		return m{"Volumes": listed(e.Volumes, nil, func(v *Volume) (map[string]string, m) { return v.Labels, v.json() })}
	case strings.HasPrefix(path, "containers/") && strings.HasSuffix(path, "/json"):
		if c := e.container(name); c != nil {
			return c.inspected()
		}
	case strings.HasPrefix(path, "images/") && strings.HasSuffix(path, "/json"):
		if i := e.Image(name); i != nil {
			return e.inspected(i)
		}
	case strings.HasPrefix(path, "distribution/"):
		if digest := e.Registry[name]; digest != "" {
			return m{"Descriptor": m{"Digest": digest}}
		}
	case strings.HasPrefix(path, "containers/"):
		return e.within(w, q, path)
	default:
		e.T.Errorf("the engine is asked for %s", q.URL)
	}
	return refuse(w, http.StatusNotFound, "no such thing: "+name)
}

func refuse(w http.ResponseWriter, code int, message string) any {
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(m{"message": message})
	return nil
}

// listed are those that the filters of a request let through.
func listed[T any](list []T, query url.Values, one func(T) (labels map[string]string, object m)) []m {
	answer := []m{}
	for _, t := range list {
		if labels, object := one(t); passes(query, labels) {
			answer = append(answer, object)
		}
	}
	return answer
}

// passes: the labels are those that a request's filters want.
func passes(query url.Values, labels map[string]string) bool {
	for filter := range filters(query)["label"] {
		name, value, given := strings.Cut(filter, "=")
		if got, there := labels[name]; !there || given && got != value {
			return false
		}
	}
	return true
}

func filters(query url.Values) map[string]map[string]bool {
	var f map[string]map[string]bool
	_ = json.Unmarshal([]byte(query.Get("filters")), &f)
	return f
}

func (e *Engine) containers(query url.Values) []m {
	ids, volumes := filters(query)["id"], filters(query)["volume"]
	list := slices.DeleteFunc(slices.Clone(e.Containers), func(c *Container) bool {
		return query.Get("all") == "" && c.state() != "running" || len(ids) > 0 && !ids[c.ID] ||
			len(volumes) > 0 && !slices.ContainsFunc(c.Volumes, func(name string) bool { return volumes[name] })
	})
	return listed(list, query, func(c *Container) (map[string]string, m) {
		on := m{}
		for _, id := range c.NetworkIDs {
			on[id] = m{"NetworkID": id}
		}
		return c.Labels, m{"Id": c.ID, "Names": []string{"/" + c.Name}, "Image": c.Image, "ImageID": c.ImageID, "Labels": c.Labels,
			"State": c.state(), "Status": c.status(), "SizeRw": c.SizeRw, "Ports": c.ports(), "NetworkSettings": m{"Networks": on}}
	})
}

func (e *Engine) container(name string) *Container {
	i := slices.IndexFunc(e.Containers, func(c *Container) bool { return c.ID == name || c.Name == name })
	if i < 0 {
		return nil
	}
	return e.Containers[i]
}

func (c *Container) state() string {
	if c.State == "" {
		return "running"
	}
	return c.State
}

func (v *Volume) json() m {
	return m{"Name": v.Name, "Labels": v.Labels, "UsageData": m{"Size": v.Size, "RefCount": 0}}
}

// change does what it is told, and notes it.
func (e *Engine) change(w http.ResponseWriter, q *http.Request, path string) {
	kind, rest, _ := strings.Cut(path, "/")
	name, verb := rest, ""
	if q.Method == http.MethodPost {
		at := strings.LastIndexByte(rest, '/')
		name, verb = rest[:at], rest[at:]
	}
	to := "" // what the image is called from now on
	if verb == "/tag" {
		repository := strings.TrimPrefix(q.URL.Query().Get("repo"), "docker.io/")
		to = strings.TrimPrefix(repository, "library/") + ":" + q.URL.Query().Get("tag")
	}
	told := strings.TrimSpace(q.Method + " " + kind + "/" + e.nameOf(kind, name) + verb + " " + to)
	if grace := q.URL.Query().Get("t"); grace != "" {
		told += " within " + grace + "s"
	}
	e.done = append(e.done, told)
	if reason := e.Fails[told]; reason != "" {
		refuse(w, http.StatusConflict, reason)
		return
	}
	switch container := e.container(name); {
	case kind == "containers" && verb == "/stop" && container != nil:
		container.State, container.Health, container.ExitCode = "exited", "", 0
		e.happened(container, "die")
	case kind == "containers" && (verb == "/start" || verb == "/unpause") && container != nil:
		e.start(container)
	case kind == "containers" && verb == "" && container != nil:
		e.Containers = slices.DeleteFunc(e.Containers, func(c *Container) bool { return c == container })
		e.happened(container, "destroy")
	case kind == "networks" && verb == "":
		e.Networks = slices.DeleteFunc(e.Networks, func(n *Network) bool { return n.ID == name })
	case kind == "volumes" && verb == "":
		e.Volumes = slices.DeleteFunc(e.Volumes, func(v *Volume) bool { return v.Name == name })
	case kind == "images" && e.Image(name) != nil:
		if e.changeImage(name, to); verb == "" {
			_, _ = w.Write([]byte("[]"))
			return
		}
	default:
		e.T.Errorf("the engine is told %s", told)
	}
	w.WriteHeader(http.StatusNoContent)
}

// nameOf is how people call what has an ID.
func (e *Engine) nameOf(kind, id string) string {
	if c := e.container(id); kind == "containers" && c != nil {
		return c.Name
	}
	for _, n := range e.Networks {
		if kind == "networks" && n.ID == id {
			return n.Name
		}
	}
	return id
}

// changeImage gives an image a further name, which another one loses by that, or
// without one takes away the name, and with the last name the image.
func (e *Engine) changeImage(name, to string) {
	image, lost := e.Image(name), to
	if to == "" {
		lost = name
	}
	for _, i := range e.Images {
		i.Tags = slices.DeleteFunc(i.Tags, func(tag string) bool { return tag == lost })
	}
	if to != "" {
		image.Tags = append(image.Tags, to)
	} else if len(image.Tags) == 0 {
		e.Images = slices.DeleteFunc(e.Images, func(i *Image) bool { return i == image })
	}
}

// NewEngineRepository is a repository with an engine that has nothing.
func NewEngineRepository(t *testing.T) (*Repository, *Engine) {
	t.Helper()
	r, e := NewRepository(t), &Engine{T: t, Memory: 8 << 30}
	r.Env = append(r.Env, "DOCKER_HOST="+serveUnix(t, e), "SPELLBOOK_CACHE="+filepath.Join(r.Dir, "cache"))
	return r, e
}

// serveUnix is the address of an engine on this machine, whose paths are ours.
func serveUnix(t *testing.T, engine http.Handler) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sbtest-") //nolint:usetesting // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "engine.sock"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(engine)
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections() // of streams
		server.Close()
		_ = os.RemoveAll(dir)
	})
	return "unix://" + filepath.Join(dir, "engine.sock")
}
