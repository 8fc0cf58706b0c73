package docker

// Compose builds command lines for the Compose CLI; it runs nothing.
type Compose struct {
	Project  string
	Files    []string
	EnvFiles []string // a later one wins
	Profiles []string
}

// Argv is `docker compose` with the global flags and args.
func (c Compose) Argv(args ...string) []string {
	argv := []string{"docker", "compose", "-p", c.Project}
	for _, f := range c.Files {
		argv = append(argv, "-f", f)
	}
	for _, f := range c.EnvFiles {
		argv = append(argv, "--env-file", f)
	}
	for _, p := range c.Profiles {
		argv = append(argv, "--profile", p)
	}
	return append(argv, args...)
}
