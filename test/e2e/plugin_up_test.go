package e2e_test

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
	s.env = append(s.env, "POSTGRES_PASSWORD=canarypostgres", "MINIO_ROOT_PASSWORD=canaryminio",
		"POSTGRES_IMAGE=lab/postgres:15", "KAFKA_IMAGE=lab/kafka:1", "MINIO_IMAGE=lab/s3:1", "MILVUS_IMAGE=lab/milvus:1", "ETCD_IMAGE=lab/etcd:3.4",
		"PREFECT_IMAGE=lab/prefect:1", "MAILDEV_IMAGE=lab/maildev:1", "MILVUS_ETCD_IMAGE=lab/etcd:3.4", "MILVUS_MINIO_IMAGE=lab/s3:1",
		"KAFKA_TOPICS=orders:3,events", "MINIO_BUCKETS=books")
	for _, name := range []string{"KAFKA_PORT", "MINIO_PORT", "MINIO_CONSOLE_PORT", "MILVUS_PORT", "MILVUS_WEBUI_PORT", "PREFECT_PORT", "MAILDEV_PORT", "MAILDEV_SMTP_PORT"} {
		s.env = append(s.env, name+"="+strconv.Itoa(freePort(t)))
	}
	return s
}

// use puts plugins, and no others, into the stack.
func (s *stack) use(plugins ...string) {
	s.file(".env", "PLUGINS="+strings.Join(plugins, ",")+"\n")
}

func (s *stack) variable(name string) (value string) {
	for _, one := range s.env {
		if v, ok := strings.CutPrefix(one, name+"="); ok {
			value = v
		}
	}
	return value
}

func (s *stack) statusText() result {
	return s.run(func(ctx context.Context, w *app.Run) error { return infra.Status(ctx, w, false) })
}

func (s *stack) invoke(name, command string, arguments ...string) result {
	return s.run(func(ctx context.Context, w *app.Run) error {
		return plugin.Invoke(ctx, w, plugin.Call{Plugin: name, Command: command, Arguments: arguments})
	})
}

func TestEveryPluginComesUpAndSaysWhatItFinds(t *testing.T) {
	s := newPluginStack(t, everyPlugin...)
	r := s.up(infra.UpOptions{}).want(t, 0)
	for _, want := range []string{"topic orders created", "topic events created", "bucket books created"} {
		if !strings.Contains(r.all(), want) {
			t.Errorf("up does not say %q\n%s", want, r.all())
		}
	}
	if again := s.up(infra.UpOptions{}).want(t, 0); !strings.Contains(again.out, "nothing to do") {
		t.Errorf("the second up does something\n%s", again.all())
	}
	if err := smtp.SendMail("127.0.0.1:"+s.variable("MAILDEV_SMTP_PORT"), nil, "a@example.org", []string{"b@example.org"}, []byte("Subject: hello\r\n\r\nhello\r\n")); err != nil {
		t.Fatal(err)
	}
	look := s.statusText().want(t, 0)
	for _, want := range []string{"1 broker, 2 topics", "bucket", "healthy", "API 3.4.25+lab", "1 message"} {
		if !strings.Contains(look.out, want) {
			t.Errorf("status does not say %q\n%s", want, look.all())
		}
	}
	for plugin, command := range map[string]string{"kafka": "topics", "minio": "buckets", "milvus": "collections", "prefect": "health", "maildev": "inbox"} {
		if r := s.invoke(plugin, command); r.code != 0 || r.out == "" || strings.Contains(r.all(), "canary") {
			t.Errorf("%s:%s\n%s", plugin, command, r.all())
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
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), "SPELLBOOK_PLUGIN=") && strings.Contains(string(text), s.dir) {
			left = append(left, file)
		}
	}
	return left
}

func TestADisabledPluginIsRemovedAndItsVolumeKept(t *testing.T) {
	s := newPluginStack(t, "minio", "maildev")
	s.up(infra.UpOptions{}).want(t, 0)
	s.use("maildev")
	r := s.up(infra.UpOptions{}).want(t, 0)
	if volume := s.name + "_minio-data"; !strings.Contains(r.all(), volume) || !strings.Contains(cli(t, "volume", "ls", "-q"), volume) {
		t.Errorf("the volume is not kept, or that is not said\n%s", r.all())
	}
	if ids := s.ids(); len(ids) != 3 || ids[s.name+"-minio-1"] != "" {
		t.Errorf("containers are %v", ids)
	}
	if again := s.up(infra.UpOptions{}).want(t, 0); !strings.Contains(again.out, "nothing to do") {
		t.Errorf("the next up does something\n%s", again.all())
	}
}

func TestValuesOfAHookAreSetUpWithoutAStart(t *testing.T) {
	s := newPluginStack(t, "kafka", "maildev")
	s.up(infra.UpOptions{}).want(t, 0)
	before := s.ids()
	s.env = append(s.env, "KAFKA_TOPICS=orders:3,events,more")
	r := s.up(infra.UpOptions{}).want(t, 0)
	if !strings.Contains(r.all(), "topic more created") || strings.Contains(r.all(), "topic orders") {
		t.Errorf("the topic is not created\n%s", r.all())
	}
	if after := s.ids(); len(after) != len(before) || after[s.name+"-kafka-1"] != before[s.name+"-kafka-1"] {
		t.Errorf("containers were %v and are %v", before, after)
	}
}

func TestAPluginMayNotTakeWhatIsTheUsers(t *testing.T) {
	s := newPluginStack(t, "maildev")
	s.write(strings.Replace(pluginBase, "  api:", "  maildev: {image: lab/service:1}\n  api:", 1))
	r := s.up(infra.UpOptions{}).want(t, 3)
	if !strings.Contains(r.all(), `compose/docker-compose.yml and plugin maildev both have the service "maildev"`) {
		t.Errorf("the error is\n%s", r.all())
	}
	if ids := s.ids(); len(ids) > 0 {
		t.Errorf("containers are %v", ids)
	}
	s.write(pluginBase)
	s.use("maildev", "kafca")
	if r := s.up(infra.UpOptions{}).want(t, 3); !strings.Contains(r.all(), "did you mean \"kafka\"?") {
		t.Errorf("the error is\n%s", r.all())
	}
}

func TestAPluginRefusesValuesBeforeAnythingIsTouched(t *testing.T) {
	s := newPluginStack(t, "kafka", "maildev")
	s.env = append(s.env, "KAFKA_TOPICS=orders:many")
	r := s.up(infra.UpOptions{}).want(t, 3)
	if !strings.Contains(r.all(), `plugin kafka: KAFKA_TOPICS: topic "orders": "many" is no number of partitions`) {
		t.Errorf("the error is\n%s", r.all())
	}
	if ids := s.ids(); len(ids) > 0 {
		t.Errorf("containers are %v", ids)
	}
}

func TestAMessageOutlivesARestart(t *testing.T) {
	s := newPluginStack(t, "kafka", "maildev")
	s.up(infra.UpOptions{}).want(t, 0)
	say := func(in, command string, flags map[string]any) (string, string, int) {
		return s.look(in, func(ctx context.Context, w *app.Run) error {
			return plugin.Invoke(ctx, w, plugin.Call{Plugin: "kafka", Command: command, Arguments: []string{"events"}, Flags: flags})
		})
	}
	if _, errs, code := say("hello\n", "produce", nil); code != 0 {
		t.Fatalf("produce: code %d\n%s", code, errs)
	}
	s.run(func(ctx context.Context, w *app.Run) error {
		return infra.Restart(ctx, w, []string{"kafka"})
	}).want(t, 0)
	from, n := "beginning", 1
	if out, errs, code := say("", "tail", map[string]any{"from": &from, "n": &n}); out != "hello\n" || code != 0 {
		t.Errorf("code %d, %q\n%s", code, out, errs)
	}
}

func TestABackupComesBackByItsSums(t *testing.T) {
	s := newPluginStack(t, "minio", "maildev")
	s.up(infra.UpOptions{}).want(t, 0)
	source, copied, backup := filepath.Join(s.dir, "source"), filepath.Join(s.dir, "copied"), filepath.Join(s.dir, "backup")
	files := map[string]string{"a/one.txt": "one", "two words.bin": strings.Repeat("\x00\xff", 200_000), "ü/deep/three": ""}
	for name, text := range files {
		s.file("source/"+name, text)
	}
	s.invoke("minio", "mirror", source, "books/shelf").want(t, 0)
	save := func(dir string) result {
		return s.run(func(ctx context.Context, w *app.Run) error { return plugin.Backup(ctx, w, "minio", dir) })
	}
	restore := func(yes bool) result {
		return s.run(func(ctx context.Context, w *app.Run) error {
			return plugin.Restore(ctx, w, "minio", backup, yes)
		})
	}
	save("backup").want(t, 0)
	save("backup").want(t, 2) // it is there
	restore(false).want(t, 5) // nobody to ask
	s.down(infra.DownOptions{Volumes: true, Yes: true}).want(t, 0)
	s.up(infra.UpOptions{}).want(t, 0)
	restore(true).want(t, 0)
	s.invoke("minio", "mirror", "books/shelf", copied).want(t, 0)
	for name, text := range files {
		if got, err := os.ReadFile(filepath.Join(copied, name)); err != nil || string(got) != text {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	spoilt, err := filepath.Glob(filepath.Join(backup, "*", "*"))
	if err != nil || len(spoilt) == 0 {
		t.Fatal("no files in the backup", err)
	}
	tamper(t, backup)
	if r := restore(true).want(t, 3); !strings.Contains(r.all(), "is not what was written") {
		t.Errorf("a tampered backup\n%s", r.all())
	}
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
