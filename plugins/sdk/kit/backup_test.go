package kit_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

const backupCheck = "backup and restore"

func TestABackupIsKeptUntilItsDataIsRestored(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plugin  string
		limit   time.Duration
		refuses bool // what is told of the backup
		ends    bool // the run, before the restore is over
		kept    bool
	}{
		"restored":                      {plugin: "none"},
		"a backup that is no good":      {plugin: "leaves a file out"},
		"nobody takes the backup":       {plugin: "none", refuses: true},
		"a restore that fails":          {plugin: "restores nothing", kept: true},
		"a restore that takes too long": {plugin: "restores for ever", limit: 8 * time.Second, kept: true},
		"a run that ends meanwhile":     {plugin: "restores for ever", ends: true, kept: true},
		"another backup differs":        {plugin: "loses data", kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			o := options(t, c.plugin, true)
			o.Only, o.LiveTimeout = []string{backupCheck}, c.limit
			told := ""
			o.BackedUp = func(dir string, files []*pluginv1.File) error {
				told = dir
				if c.ends {
					time.AfterFunc(time.Second, cancel)
				}
				if c.refuses || len(files) == 0 {
					return errors.New("no room")
				}
				return nil
			}
			report, err := kit.Run(ctx, os.Args[0], o)
			if err != nil && !c.ends {
				t.Fatal(err)
			}
			left, err := filepath.Glob(filepath.Join(o.Backups, "*"))
			switch {
			case err != nil:
				t.Fatal(err)
			case !c.kept && (report.Backup != "" || len(left) > 0):
				t.Errorf("%q is kept, and there are %q\n%s", report.Backup, left, table(t, report))
			case c.kept && (len(left) != 1 || left[0] != report.Backup || told != report.Backup):
				t.Errorf("%q is kept, %q was told, and there are %q\n%s", report.Backup, told, left, table(t, report))
			}
			if _, err := os.Stat(filepath.Join(report.Backup, "a")); c.kept && err != nil {
				t.Error(err)
			}
		})
	}
}

func TestARestoreHasMoreTimeThanAProbe(t *testing.T) {
	t.Parallel()
	o := options(t, "takes time", true)
	o.Only = []string{backupCheck}
	if report, err := kit.Run(t.Context(), os.Args[0], o); err != nil || report.Count(kit.Pass) != 2 {
		t.Errorf("%v\n%s", err, table(t, report))
	}
}

// aMinute is a restore that needs that long.
func aMinute(ctx context.Context, _ *sdk.Run, _ string) error {
	if at, ok := ctx.Deadline(); ok && time.Until(at) < time.Minute {
		return sdk.Diagnostic{Code: "NO_TIME", Summary: "a minute is needed"}
	}
	return nil
}

func forEver(ctx context.Context, _ *sdk.Run, _ string) error {
	<-ctx.Done()
	return ctx.Err()
}

func restore(f func(context.Context, *sdk.Run, string) error) func(*sdk.Plugin) {
	return func(p *sdk.Plugin) { p.Restore = f }
}

// twice is a file by two names.
func twice(_ string, r *pluginv1.Result) {
	a := r.GetFiles()[0]
	r.Files = append(r.Files, &pluginv1.File{Path: "./a", Size: a.GetSize(), Sha256: a.GetSha256()})
}

// link is a file of the backup that is none.
func link(dir string, r *pluginv1.Result) {
	_ = os.Remove(filepath.Join(dir, "b"))
	_ = os.Symlink("a", filepath.Join(dir, "b"))
	r.Files[1].Size, r.Files[1].Sha256 = r.GetFiles()[0].GetSize(), r.GetFiles()[0].GetSha256()
}

// lists changes what a backup says of dir.
func lists(change func(dir string, r *pluginv1.Result)) func(pluginv1.PluginServiceServer) pluginv1.PluginServiceServer {
	return func(s pluginv1.PluginServiceServer) pluginv1.PluginServiceServer { return listing{s, change} }
}

type listing struct {
	pluginv1.PluginServiceServer
	change func(dir string, r *pluginv1.Result)
}

func (l listing) Backup(r *pluginv1.BackupRequest, to grpc.ServerStreamingServer[pluginv1.BackupResponse]) error {
	return l.PluginServiceServer.Backup(r, changedStream{to, func(result *pluginv1.Result) { l.change(r.GetDirectory(), result) }})
}

type changedStream struct {
	grpc.ServerStreamingServer[pluginv1.BackupResponse]
	change func(*pluginv1.Result)
}

func (s changedStream) Send(r *pluginv1.BackupResponse) error {
	if result := r.GetEvent().GetResult(); result != nil && len(result.GetFiles()) > 0 {
		s.change(result)
	}
	return s.ServerStreamingServer.Send(r)
}
