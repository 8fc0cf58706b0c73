package project_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/project"
)

func TestARawEnvFileIsTakenAsItStands(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"compose.yml": "name: demo\nservices: {a: {image: x, env_file: [{path: raw.env, format: raw}]}}\n",
		"raw.env":     "\ufeffA='x' $B # y\n  # comment\n\nFROM_SHELL\nNOWHERE\nEMPTY=\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{"compose.yml"}}, project.Options{Environ: []string{"FROM_SHELL=s"}})
	if err != nil {
		t.Fatal(err)
	}
	env := p.Model.Services["a"].Environment
	for name, want := range map[string]string{"A": "'x' $B # y", "FROM_SHELL": "s", "EMPTY": ""} {
		if got := env[name]; got == nil || *got != want {
			t.Errorf("%s: got %v, want %q", name, got, want)
		}
	}
	if got, there := env["NOWHERE"]; there && got != nil {
		t.Errorf("NOWHERE is %q", *got)
	}
}

// The line is that of the file as it stands: quotes mean nothing there.
func TestALineOfARawEnvFileWithoutANameIsFound(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"compose.yml": "name: demo\nservices: {a: {image: x, env_file: [{path: raw.env, format: raw}]}}\n",
		"raw.env":     "A=\"quoted\" $B # c\n\nexport HUNTER2=s3cret\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{"compose.yml"}}, project.Options{})
	if err == nil || !strings.Contains(err.Error(), "raw.env:3: no variable name") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}
