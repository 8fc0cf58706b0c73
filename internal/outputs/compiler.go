package outputs

import (
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/finding"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// compiler reads what says all in one line: go build and vet and the linters
// that print like them, tsc, ruff and flake8.
type compiler struct{ r *Reader }

var (
	goLine     = lazyregexp.New(`^(?:vet: )?([^\s:()]+\.go):(\d+)(?::\d+)?: (.+)$`)
	tscLine    = lazyregexp.New(`^([^\s(]+\.[cm]?tsx?)\((\d+),\d+\): (error|warning) (TS\d+): (.+)$`)
	tscPretty  = lazyregexp.New(`^([^\s:]+\.[cm]?tsx?):(\d+):\d+ - (error|warning) (TS\d+): (.+)$`)
	pythonLine = lazyregexp.New(`^([^\s:]+\.pyi?):(\d+):\d+: ([A-Z]+\d+) (.+)$`)
)

func (c *compiler) line(text string) {
	if m := goLine.FindStringSubmatch(text); m != nil {
		c.r.found(finding.Error, "go", m[1], number(m[2]), strings.TrimSpace(m[3]))
		return
	}
	for _, re := range []*lazyregexp.Regexp{tscLine, tscPretty} {
		if m := re.FindStringSubmatch(text); m != nil {
			c.r.found(finding.Severity(m[3]), m[4], m[1], number(m[2]), m[5])
			return
		}
	}
	if m := pythonLine.FindStringSubmatch(text); m != nil {
		c.r.found(finding.Error, m[3], m[1], number(m[2]), strings.TrimPrefix(m[4], "[*] "))
	}
}

func (c *compiler) end() {}

// number is a line's number; a digit too many is no line.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// eslint reads eslint's default format: a file, and below it what is wrong in it.
type eslint struct {
	r    *Reader
	file string
}

var (
	eslintFile = lazyregexp.New(`^\S.*\.[\w]+$`)
	eslintLine = lazyregexp.New(`^\s+(\d+):\d+\s+(error|warning)\s+(.+)$`)
	eslintRule = lazyregexp.New(`^(.+?)\s{2,}(\S+)$`)
)

func (e *eslint) line(text string) {
	m := eslintLine.FindStringSubmatch(text)
	switch {
	case m == nil:
		e.file = ""
		if eslintFile.MatchString(text) {
			e.file = text
		}
	case e.file != "":
		message, code := strings.TrimSpace(m[3]), "eslint"
		if rule := eslintRule.FindStringSubmatch(m[3]); rule != nil {
			message, code = strings.TrimSpace(rule[1]), rule[2]
		}
		e.r.found(finding.Severity(m[2]), code, e.file, number(m[1]), message)
	}
}

func (e *eslint) end() {}
