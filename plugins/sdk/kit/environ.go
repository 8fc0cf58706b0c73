package kit

import "os"

// inherited are the variables that a host gives a plugin.
func inherited() (list []string) {
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG"} {
		if value, ok := os.LookupEnv(name); ok { //nolint:forbidigo // a host's allow-list; Options.Environ is another
			list = append(list, name+"="+value)
		}
	}
	return list
}
