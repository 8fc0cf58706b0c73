package docker

// Compose builds command lines for the Compose CLI; it runs nothing.
type Compose struct {
	Project  string
	Files    []string
	EnvFile  string // "" when there is none
	Profiles []string
}

// Argv is `docker compose` with the global flags and args.
func (c Compose) Argv(args ...string) []string {
	argv := []string{"docker", "compose", "-p", c.Project}
	for _, f := range c.Files {
		argv = append(argv, "-f", f)
	}
	if c.EnvFile != "" {
		argv = append(argv, "--env-file", c.EnvFile)
	}
	for _, p := range c.Profiles {
		argv = append(argv, "--profile", p)
	}
	return append(argv, args...)
}
