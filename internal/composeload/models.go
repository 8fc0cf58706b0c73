package composeload

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/state"
)

// Models is the directory with models that were loaded before, their user's alone;
// with "" nothing is remembered. A model holds values of variables, secrets among
// them, so each file is sealed with a key that is made of all that the model was made
// of, and is kept nowhere: who can open it has every value in it already.
type Models string

// models are how many are kept, those written last.
const models = 32

// Model is a place for what some files come to, with some variables.
type Model struct {
	path string // "" for one that is not remembered
	key  [32]byte
	text string
	o    *cli.ProjectOptions
}

// Of is the place for what the options load. Files that name others, or of which
// compose-go looks at more than the text, have none.
func (m Models) Of(o *cli.ProjectOptions, profiles []string) *Model {
	program, err := os.Executable()
	if m == "" || err != nil || runtime.GOOS == "windows" { // names of variables have no case there
		return &Model{}
	}
	text, plain := plainText(o.ConfigPaths)
	for _, word := range []string{"label_file", "watch"} { // a file that is read, links that are followed
		plain = plain && !strings.Contains(string(text), word)
	}
	info, err := os.Stat(program) // stands for compose-go and for the codec
	if !plain || err != nil {
		return &Model{}
	}
	dir, _ := o.GetWorkingDir()
	target, _ := filepath.EvalSymlinks(dir)
	home, _ := os.UserHomeDir()
	h := sha256.New()
	field := func(s string) { _, _ = fmt.Fprintf(h, "%d %s\n", len(s), s) }
	for _, s := range []string{program, fmt.Sprint(info.Size(), info.ModTime().UnixNano()), o.Name, dir, target, home, string(text)} {
		field(s)
	}
	field(strings.Join(o.ConfigPaths, "\x00"))
	field(strings.Join(profiles, "\x00"))
	for _, name := range mentioned(string(text), o.Environment) {
		value, set := o.Environment.Resolve(name)
		field(name)
		field(fmt.Sprint(set, value))
	}
	sum := h.Sum(nil)
	id, key := sha256.Sum256(append([]byte("id"), sum...)), sha256.Sum256(append([]byte("key"), sum...))
	return &Model{path: filepath.Join(string(m), hex.EncodeToString(id[:16])), key: key, text: string(text), o: o}
}

// mentioned are the variables that a text may be filled in with: all after a dollar,
// all others that there are and whose name is in the text, since `environment: [NAME]`
// and `args: [NAME]` take a value without one, and those that mean something to Compose.
func mentioned(text string, environ types.Mapping) []string {
	names := variables(text)
	for name := range environ {
		if name != "" && (strings.HasPrefix(name, "COMPOSE_") || strings.HasPrefix(name, "DOCKER_") || strings.Contains(text, name)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Recall is the model as it was loaded before, nil where it was not.
func (m *Model) Recall() *types.Project {
	if m.path == "" {
		return nil
	}
	sealed, err := os.ReadFile(m.path)
	if err != nil {
		return nil
	}
	model := m.open(sealed)
	if model != nil {
		m.o.Environment["COMPOSE_PROJECT_NAME"] = model.Name // as compose-go does
		model.Environment = m.o.Environment
	}
	return model
}

// Remember keeps a model for the next time, if what is read then is the same.
func (m *Model) Remember(model *types.Project) {
	if m.path == "" || !m.made(model) {
		return
	}
	bare := *model
	bare.Environment = nil // has every variable of the shell
	sealed := m.seal(&bare)
	if sealed == nil || !reflect.DeepEqual(m.open(sealed), &bare) || state.Write(m.path, sealed) != nil {
		return
	}
	forget(m.path)
}

// made says that the model is of the text that the key is of, which was read before it,
// and of variables that are in the key: `environment: ["${APP}_TOKEN"]` takes the value
// of one whose name no file has.
func (m *Model) made(model *types.Project) bool {
	names := map[string]bool{}
	for _, s := range model.AllServices() {
		for name := range s.Environment {
			names[name] = true
		}
		if s.Build != nil {
			for name := range s.Build.Args {
				names[name] = true
			}
		}
	}
	for _, s := range model.Secrets {
		names[s.Environment] = true
	}
	for _, c := range model.Configs {
		names[c.Environment] = true
	}
	for name := range names {
		if !strings.Contains(m.text, name) {
			return false
		}
	}
	text, plain := plainText(m.o.ConfigPaths)
	return plain && string(text) == m.text
}

// seal is a nonce and the model, nil for one that the codec does not know how to write.
func (m *Model) seal(model *types.Project) []byte {
	data, err := encode(nil, reflect.ValueOf(*model))
	gcm := m.cipher()
	if err != nil || gcm == nil {
		return nil
	}
	nonce := make([]byte, gcm.NonceSize(), gcm.NonceSize()+len(data)+gcm.Overhead())
	_, _ = rand.Read(nonce)
	return gcm.Seal(nonce, nonce, data, nil)
}

// open is what was sealed; nil for what was not, or not so.
func (m *Model) open(sealed []byte) *types.Project {
	gcm := m.cipher()
	if gcm == nil || len(sealed) < gcm.NonceSize() {
		return nil
	}
	nonce, rest := sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():]
	data, err := gcm.Open(nil, nonce, rest, nil)
	if err != nil {
		return nil
	}
	model, d := new(types.Project), decoder{data: string(data)}
	if d.into(reflect.ValueOf(model).Elem()); d.bad || d.data != "" {
		return nil
	}
	return model
}

func (m *Model) cipher() cipher.AEAD {
	block, err := aes.NewCipher(m.key[:])
	if err != nil {
		return nil
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil
	}
	return gcm
}

// forget removes all but the models that were written last, of which the one at path is.
func forget(path string) {
	dir := filepath.Dir(path)
	list, err := os.ReadDir(dir)
	if err != nil || len(list) <= models {
		return
	}
	var files []os.FileInfo
	for _, entry := range list {
		if info, err := entry.Info(); err == nil && entry.Name() != filepath.Base(path) {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b os.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, old := range files[min(models-1, len(files)):] {
		_ = os.Remove(filepath.Join(dir, old.Name()))
	}
}
