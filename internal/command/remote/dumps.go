package remote

import (
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Dumps are the databases as they were before releases, as long as the server keeps
// them.
func (o *Operation) Dumps() ([]report.DeployedDump, error) {
	list := []report.DeployedDump{}
	names, err := o.Store.Dumps()
	for _, name := range names {
		if release, service, is := deploy.DumpOf(name); is {
			file := o.Store.DumpPath(name)
			list = append(list, report.DeployedDump{Service: service, Release: release, Path: file, Bytes: o.Store.Size(file)})
		}
	}
	return list, err
}
