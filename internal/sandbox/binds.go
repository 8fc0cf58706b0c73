package sandbox

import (
	"os"
	"path"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"
)

// customary are where the images of databases keep their data, for one that the engine
// does not have yet.
var customary = []string{
	"/bitnami", "/data/db", "/usr/share/elasticsearch/data", "/usr/share/opensearch/data", "/var/lib/cassandra", "/var/lib/clickhouse", "/var/lib/elasticsearch",
	"/var/lib/influxdb", "/var/lib/mongodb", "/var/lib/mysql", "/var/lib/postgresql", "/var/lib/rabbitmq", "/var/lib/redis",
}

// data are the directories of this machine that the stack must not write to, as what is
// on them elsewhere would be spoiled: those that a service binds where it keeps its
// data. Each has a volume of the stack instead, by that volume's key.
func (w *writer) data() map[string]string {
	volumes := map[string]string{}
	for _, name := range w.p.Services() {
		for _, v := range w.p.Model.Services[name].Volumes {
			if !isWritten(v) || !w.isData(name, v.Target) || volumes[v.Source] != "" {
				continue
			}
			key := keyOf(name, v.Target)
			for w.p.Model.Volumes[key].Name != "" || slices.Contains(w.own, key) {
				key += "-own"
			}
			w.own, volumes[v.Source] = append(w.own, key), key
			w.note("%s keeps its data in %s, a directory of this machine: the stack has an empty volume of its own instead, %s", name, w.p.Layout.Short(v.Source), key)
		}
	}
	return volumes
}

// isWritten: it is a directory of this machine that the service may write to. One
// that is not there, or that only another machine has, is taken for one.
func isWritten(v types.ServiceVolumeConfig) bool {
	if v.Type != types.VolumeTypeBind || v.ReadOnly {
		return false
	}
	info, err := os.Stat(v.Source)
	return err != nil || info.IsDir()
}

func (w *writer) isData(service, target string) bool {
	target = path.Clean(target)
	covers := func(dir string) bool { return isBelow(path.Clean(dir), target) }
	return slices.ContainsFunc(w.o.Data[service], covers) || slices.ContainsFunc(customary, func(dir string) bool { return isBelow(target, dir) })
}

func isBelow(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}

// keyOf is the key of the volume that a service has at target.
func keyOf(service, target string) string {
	return service + strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_') {
			return r
		}
		return '-'
	}, path.Clean(target))
}

// mounts are those of a service that have a volume instead of a directory of data;
// Compose has one of each target, the last. The others that it may write to are
// gathered to be told.
func (w *writer) mounts(service string, all []types.ServiceVolumeConfig) *yaml.Node {
	var list []any
	for _, v := range all {
		key := w.moved[v.Source]
		switch {
		case v.Type == types.VolumeTypeBind && key != "":
			list = append(list, types.ServiceVolumeConfig{Type: types.VolumeTypeVolume, Source: key, Target: v.Target, ReadOnly: v.ReadOnly})
		case isWritten(v):
			w.bound = append(w.bound, service+" "+w.p.Layout.Short(v.Source))
		}
	}
	if list == nil {
		return nil
	}
	return plain(list)
}
