package project
import ("testing";"path/filepath";"fmt";"strings";"context")
func TestProbe(t *testing.T) {
	paths, _ := filepath.Glob("testdata/explain/*.txt")
	for _, path := range paths {
		root := lay(t, readArchive(t, path))
		l := Layout{Root: root}.WithDefaults()
		env := activeOf(t, root)
		files, _ := l.composeFiles(env, true)
		p := &Project{Layout: l, Env: env, Files: files, EnvFile: l.envFile()}
		m, w, err := read(context.Background(), p, Options{})
		fmt.Printf("%-30s %s\n", filepath.Base(path), strings.ReplaceAll(fmt.Sprint(err), root, "ROOT"))
		if err == nil { fmt.Println("      ", len(m.Services), w) }
	}
}
