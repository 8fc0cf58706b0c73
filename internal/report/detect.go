package report

// Detect chooses the form of a report and whether it has colour. JSON goes
// before GitHub Actions, that before a terminal. TERM=dumb and CI=true are no
// terminals. Any NO_COLOR takes colour away, FORCE_COLOR or CLICOLOR_FORCE
// bring it where there is no terminal. FORCE_COLOR=0 and CLICOLOR=0 take it away
// on one, unless the other asks for it.
// Sources: https://no-color.org, https://bixense.com/clicolors.
func Detect(getenv func(string) string, errIsTerminal, json bool) (Mode, bool) {
	mode := detectMode(getenv, errIsTerminal, json)
	switch {
	case getenv("NO_COLOR") != "", mode == JSON:
		return mode, false
	case set(getenv("FORCE_COLOR")) || set(getenv("CLICOLOR_FORCE")):
		return mode, true
	}
	return mode, mode == Terminal && getenv("FORCE_COLOR") != "0" && getenv("CLICOLOR") != "0"
}

func detectMode(getenv func(string) string, errIsTerminal, json bool) Mode {
	switch {
	case json:
		return JSON
	case getenv("GITHUB_ACTIONS") == "true":
		return GitHub
	case errIsTerminal && getenv("TERM") != "dumb" && getenv("CI") != "true":
		return Terminal
	}
	return Plain
}

func set(value string) bool { return value != "" && value != "0" }
