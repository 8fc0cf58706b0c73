package plugin_test

import (
	"context"
	"net/smtp"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

const pluginBase = `
  postgres:
    image: lab/postgres:15
    environment: {POSTGRES_USER: postgres, POSTGRES_PASSWORD: "${POSTGRES_PASSWORD:?}", POSTGRES_DB: books}
    healthcheck: {test: [CMD-SHELL, pg_isready -h 127.0.0.1 -U postgres], interval: 1h}
    networks: [back]
  api:
    image: lab/service:1
    environment: {CONNECT: "maildev:1025"}
    depends_on: {maildev: {condition: service_healthy}}
    networks: [back]
networks: {back: }
`

// everyPlugin is all of Spellbook's own.
var everyPlugin = []string{"kafka", "milvus", "minio", "prefect", "maildev"}

// newPluginStack is a repository with plugins, on the lab's images and on ports
// of its own.
func newPluginStack(t *testing.T, plugins ...string) *stack {
	t.Helper()
	s := newStack(t, pluginBase)
	s.use(plugins...)
	s.Env = append(s.Env, "POSTGRES_PASSWORD=canarypostgres", "MINIO_ROOT_PASSWORD=canaryminio",
		"POSTGRES_IMAGE=lab/postgres:15", "KAFKA_IMAGE=lab/kafka:1", "MINIO_IMAGE=lab/s3:1", "MILVUS_IMAGE=lab/milvus:1", "ETCD_IMAGE=lab/etcd:3.4",
		"PREFECT_IMAGE=lab/prefect:1", "MAILDEV_IMAGE=lab/maildev:1", "MILVUS_ETCD_IMAGE=lab/etcd:3.4", "MILVUS_MINIO_IMAGE=lab/s3:1",
		"KAFKA_TOPICS=orders:3,events", "MINIO_BUCKETS=books")
	for _, name := range []string{"KAFKA_PORT", "MINIO_PORT", "MINIO_CONSOLE_PORT", "MILVUS_PORT", "MILVUS_WEBUI_PORT", "PREFECT_PORT", "MAILDEV_PORT", "MAILDEV_SMTP_PORT"} {
		s.Env = append(s.Env, name+"="+strconv.Itoa(stacktest.FreePort(t)))
	}
	return s
}

// use puts plugins, and no others, into the stack.
func (s *stack) use(plugins ...string) {
	s.File(".env", "PLUGINS="+strings.Join(plugins, ",")+"\n")
}

func (s *stack) variable(name string) (value string) {
	for _, one := range s.Env {
		if v, ok := strings.CutPrefix(one, name+"="); ok {
			value = v
		}
	}
	return value
}

func (s *stack) invoke(name, command string, arguments ...string) stacktest.Result {
	return s.Run(func(ctx context.Context, w *app.Run) error {
		return plugin.Invoke(ctx, w, plugin.Call{Plugin: name, Command: command, Arguments: arguments})
	})
}

func TestEveryPluginComesUpAndSaysWhatItFinds(t *testing.T) {
	t.Parallel()
	s := newPluginStack(t, everyPlugin...)
	s.Up(infra.UpOptions{}).Want(t, 0).Says(t, "topic orders created", "topic events created", "bucket books created", "http://127.0.0.1:"+s.variable("MILVUS_WEBUI_PORT"))
	s.Settled()
	if err := smtp.SendMail("127.0.0.1:"+s.variable("MAILDEV_SMTP_PORT"), nil, "a@example.org", []string{"b@example.org"}, []byte("Subject: hello\r\n\r\nhello\r\n")); err != nil {
		t.Fatal(err)
	}
	var status stacktest.Result // a plugin has three seconds to look, which a busy machine may need
	stacktest.Eventually(t, "every service is ready", func() bool {
		status = s.Status(false)
		return status.Code == 0
	})
	status.Says(t, "1 broker, 2 topics", "bucket", "healthy", "API 3.4.25+lab", "1 message")
	// Ports that are on no list of well-known ones: the plugin says what they speak.
	url := "http://127.0.0.1:" + s.variable("MILVUS_WEBUI_PORT")
	status.Says(t, url, "smtp://127.0.0.1:"+s.variable("MAILDEV_SMTP_PORT"))
	s.Status(true).Says(t, `"`+url+`"`)
	for plugin, command := range map[string]string{"kafka": "topics", "minio": "buckets", "milvus": "collections", "prefect": "health", "maildev": "inbox"} {
		if r := s.invoke(plugin, command); r.Code != 0 || r.Out == "" || strings.Contains(r.All(), "canary") {
			t.Errorf("%s:%s\n%s", plugin, command, r.All())
		}
	}
	for _, c := range leftProcesses(t, s) {
		t.Errorf("a plugin still runs: %s", c)
	}
}

// leftProcesses are the processes of plugins, by their command lines.
func leftProcesses(t *testing.T, s *stack) (left []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), "SPELLBOOK_PLUGIN=") && strings.Contains(string(text), s.Dir) {
			left = append(left, file)
		}
	}
	return left
}

func TestADisabledPluginIsRemovedAndItsVolumeKept(t *testing.T) {
	t.Parallel()
	s := newPluginStack(t, "minio", "maildev")
	s.Up(infra.UpOptions{}).Want(t, 0)
	s.use("maildev")
	r := s.Up(infra.UpOptions{}).Want(t, 0)
	if volume := s.Name + "_minio-data"; !strings.Contains(r.All(), volume) || !strings.Contains(stacktest.Docker(t, "volume", "ls", "-q"), volume) {
		t.Errorf("the volume is not kept, or that is not said\n%s", r.All())
	}
	if ids := s.IDs(); len(ids) != 3 || ids[s.Name+"-minio-1"] != "" {
		t.Errorf("containers are %v", ids)
	}
	s.Settled()
}

func TestValuesOfAHookAreSetUpWithoutAStart(t *testing.T) {
	t.Parallel()
	s := newPluginStack(t, "kafka", "maildev")
	s.Up(infra.UpOptions{}).Want(t, 0)
	before := s.IDs()
	s.Env = append(s.Env, "KAFKA_TOPICS=orders:3,events,more")
	s.Up(infra.UpOptions{}).Want(t, 0).Says(t, "topic more created").SaysNot(t, "topic orders")
	if after := s.IDs(); len(after) != len(before) || after[s.Name+"-kafka-1"] != before[s.Name+"-kafka-1"] {
		t.Errorf("containers were %v and are %v", before, after)
	}
}

func TestAPluginMayNotTakeWhatIsTheUsers(t *testing.T) {
	t.Parallel()
	s := newPluginStack(t, "maildev")
	s.Write(strings.Replace(pluginBase, "  api:", "  maildev: {image: lab/service:1}\n  api:", 1))
	s.Up(infra.UpOptions{}).Want(t, 3).Says(t, `compose/docker-compose.yml and plugin maildev both have the service "maildev"`)
	if ids := s.IDs(); len(ids) > 0 {
		t.Errorf("containers are %v", ids)
	}
	s.Write(pluginBase)
	s.use("maildev", "kafca")
	s.Up(infra.UpOptions{}).Want(t, 3).Says(t, "did you mean \"kafka\"?")
}

func TestAPluginRefusesValuesBeforeAnythingIsTouched(t *testing.T) {
	t.Parallel()
	s := newPluginStack(t, "kafka", "maildev")
	s.Env = append(s.Env, "KAFKA_TOPICS=orders:many")
	s.Up(infra.UpOptions{}).Want(t, 3).Says(t, `plugin kafka: KAFKA_TOPICS: topic "orders": "many" is no number of partitions`)
	if ids := s.IDs(); len(ids) > 0 {
		t.Errorf("containers are %v", ids)
	}
}

func TestAMessageOutlivesARestart(t *testing.T) {
	t.Parallel()
	s := newPluginStack(t, "kafka", "maildev")
	s.Up(infra.UpOptions{}).Want(t, 0)
	say := func(in, command string, flags map[string]any) (string, string, int) {
		return s.RunWithInput(in, func(ctx context.Context, w *app.Run) error {
			return plugin.Invoke(ctx, w, plugin.Call{Plugin: "kafka", Command: command, Arguments: []string{"events"}, Flags: flags})
		})
	}
	if _, errs, code := say("hello\n", "produce", nil); code != 0 {
		t.Fatalf("produce: code %d\n%s", code, errs)
	}
	s.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Restart(ctx, w, []string{"kafka"})
	}).Want(t, 0)
	from, n := "beginning", 1
	if out, errs, code := say("", "tail", map[string]any{"from": &from, "n": &n}); out != "hello\n" || code != 0 {
		t.Errorf("code %d, %q\n%s", code, out, errs)
	}
}

func TestABackupComesBackByItsSums(t *testing.T) {
	t.Parallel()
	s := newPluginStack(t, "minio", "maildev")
	s.Up(infra.UpOptions{}).Want(t, 0)
	source, copied, backup := filepath.Join(s.Dir, "source"), filepath.Join(s.Dir, "copied"), filepath.Join(s.Dir, "backup")
	files := map[string]string{"a/one.txt": "one", "two words.bin": strings.Repeat("\x00\xff", 200_000), "ü/deep/three": ""}
	for name, text := range files {
		s.File("source/"+name, text)
	}
	s.invoke("minio", "mirror", source, "books/shelf").Want(t, 0)
	save := func(dir string) stacktest.Result {
		return s.Run(func(ctx context.Context, w *app.Run) error { return plugin.Backup(ctx, w, "minio", dir) })
	}
	restore := func(yes bool) stacktest.Result {
		return s.Run(func(ctx context.Context, w *app.Run) error {
			return plugin.Restore(ctx, w, "minio", backup, yes)
		})
	}
	save("backup").Want(t, 0)
	save("backup").Want(t, 2) // it is there
	restore(false).Want(t, 5) // nobody to ask
	s.Down(infra.DownOptions{Volumes: true, Yes: true}).Want(t, 0)
	s.Up(infra.UpOptions{}).Want(t, 0)
	restore(true).Want(t, 0)
	s.invoke("minio", "mirror", "books/shelf", copied).Want(t, 0)
	for name, text := range files {
		if got, err := os.ReadFile(filepath.Join(copied, name)); err != nil || string(got) != text {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	spoilt, err := filepath.Glob(filepath.Join(backup, "*", "*"))
	if err != nil || len(spoilt) == 0 {
		t.Fatal("no files in the backup", err)
	}
	s.File("backup/objects/extra", "nobody wrote this")
	restore(true).Want(t, 3).Says(t, "the backup has objects/extra, which spellbook-backup.json does not list as a file")
	if err := os.Remove(filepath.Join(backup, "objects/extra")); err != nil {
		t.Fatal(err)
	}
	s.Run(func(ctx context.Context, w *app.Run) error {
		return plugin.Test(ctx, w, plugin.TestOptions{Name: "minio", Live: true, Yes: true})
	}).Want(t, 0).Says(t, "hooks twice", "backup and restore").SaysNot(t, "not run")
	tamper(t, backup)
	restore(true).Want(t, 3).Says(t, "is not what was written")
}

// tamper changes a byte of the largest file.
func tamper(t *testing.T, dir string) {
	t.Helper()
	var largest string
	var size int64
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > size {
			largest, size = path, info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(largest)
	if err != nil {
		t.Fatal(err)
	}
	data[0]++
	if err := os.WriteFile(largest, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
