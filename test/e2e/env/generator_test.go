package env_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// envCase is one run of the CLI: a shell, one or two env files, and what the
// generator knows of them without reading them.
type envCase struct {
	shell map[string]string
	files []string
	said  []said
}

// said is one assignment, or a bare name. Its value starts with the mark, which
// no other value has, so that the CLI itself says which assignment has won; an
// empty mark is that of an empty value, or of one that is a comment to the eye.
type said struct {
	name, mark string
	file, line int // file from 0, line from 1
	bare       bool
}

var pick = func(list ...string) *rapid.Generator[string] { return rapid.SampledFrom(list) }

// Names of the class F are always set and never empty, so that ${F0:?m} is fine;
// U is never set, S by the shell alone, V by anybody. COMPOSE_ is a class of its own.
var (
	fullNames  = numbered("F", 4)
	freeNames  = append(numbered("V", 60), "lower_1", "MiXed", "_under", "COMPOSE_X1", "COMPOSE_X2")
	shellNames = numbered("S", 5)
	oddNames   = []string{"D.OT", "DA-SH", "BR[0]", "ÜNI", "9DIGIT", "変数", "T\tAB"}
	unsetNames = numbered("U", 3)
)

func numbered(prefix string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("%s%d", prefix, i))
	}
	return list
}

// Parts of values. What a reference may find is drawn at {}.
var (
	references = []string{"${}", "$", "${}", "${:-d}", "${:-}", "${-d e}", "${:+x}", "${+x}", "${:-${:-z}}", "${-$}", "${:+${-y}}", "${:-a}b${}", "${:-\"q\"}", "${:-it's}", "${:-a:?b}", "${:-a#b}"}
	required   = []string{"${F:?m}", "${F?m n}", "${F:?}", "${F:?no $V1}"}
	anywhere   = []string{"a", "b c", "#x", "=", ":", "é", "日本", "\u00a0", "\t", "$$", "$$V1", "$${V1}", "$.", "$1", "{", "}", "a-b", "%", `\q`, `\t`, `\\`, "🙂", "[0]", ",", "*", "!", "`id`", "$(id)", "~", "&&", "|", ";", "<", "\u2028"}
	inDouble   = append([]string{`\"`, `\n`, `\$V1`, `\041`, `\0101`, `\0`, `\a`, "'", " # no comment", "\n", "\r\n", "\n\n", `\` + "\n", " "}, anywhere...)
	inSingle   = append([]string{`\'`, `"`, `\n`, "${", "${}", "$", " # no comment", "\n", "\r\n#no comment\n", " "}, anywhere...)
	unquoted   = append([]string{`"`, "'", `\n`, `\"`, `\$V1`, " ", "\v"}, anywhere...)
)

// text draws the rest of a value; quote is what a quote in a reference is.
func text(parts []string, quote string) *rapid.Generator[string] {
	part := pick(parts...)
	if quote != "" {
		escaped := rapid.Map(reference(), func(s string) string { return strings.ReplaceAll(s, `"`, quote) })
		part = rapid.OneOf(part, part, escaped, rapid.Map(pick(required...), toFull))
	}
	return rapid.Map(rapid.SliceOfN(part, 0, 5), func(list []string) string { return strings.Join(list, "") })
}

// toFull makes the F of a required reference one of the class.
func toFull(s string) string {
	return strings.ReplaceAll(s, "{F", "{"+fullNames[len(s)%len(fullNames)])
}

// place is where a reference has its name.
var place = regexp.MustCompile(`\$\{?`)

func reference() *rapid.Generator[string] {
	known := slices.Concat(freeNames, fullNames, shellNames, unsetNames)
	return rapid.Custom(func(t *rapid.T) string {
		return place.ReplaceAllStringFunc(pick(references...).Draw(t, "reference"), func(open string) string {
			return open + pick(known...).Draw(t, "name")
		})
	})
}

// envWriter writes one file, and what it says, at once.
type envWriter struct {
	t    *rapid.T
	c    *envCase
	b    strings.Builder
	eol  *rapid.Generator[string]
	file int
}

func envCases() *rapid.Generator[envCase] {
	return rapid.Custom(func(t *rapid.T) envCase {
		c := envCase{shell: map[string]string{}}
		for _, name := range slices.Concat(freeNames, shellNames, fullNames, oddNames) {
			isShells := strings.HasPrefix(name, "S")
			if isShells || rapid.IntRange(0, 9).Draw(t, "in shell") == 0 {
				c.shell[name] = "s." + pick("", "x", "a b", "$V1", "${V1}", "two\nlines", `"`, "é").Draw(t, "shell value")
			}
			if c.shell[name] != "" && !strings.HasPrefix(name, "F") && rapid.IntRange(0, 5).Draw(t, "empty") == 0 {
				c.shell[name] = ""
			}
		}
		files := rapid.IntRange(1, 2).Draw(t, "files")
		for file := range files {
			w := envWriter{t: t, c: &c, file: file, eol: pick("\n", "\n", "\n", "\r\n")}
			w.b.WriteString(pick("", "", "", "\uFEFF").Draw(t, "mark"))
			w.write(rapid.IntRange(300/files, 380/files).Draw(t, "statements"))
			c.files = append(c.files, w.b.String())
		}
		return c
	})
}

func (w *envWriter) write(n int) {
	for _, name := range fullNames {
		mark := fmt.Sprintf("m%d.", len(w.c.said))
		w.note(name, mark, false)
		w.b.WriteString(name + "=" + mark + w.eol.Draw(w.t, "end of line"))
	}
	free, odd := pick(freeNames...), pick(oddNames...)
	name := rapid.OneOf(free, free, free, free, free, free, free, free, odd, pick(fullNames...))
	for range n {
		switch rapid.IntRange(0, 19).Draw(w.t, "kind") {
		case 0:
			w.b.WriteString(pick("# c", "  # c=d", "#${", "#'", "", "   ", "\t", "\t# \"", "\v", "\u2028").Draw(w.t, "other") + "\n")
		case 1:
			w.bare(name.Draw(w.t, "name"))
		case 2:
			w.withoutMark(free.Draw(w.t, "name"))
		default:
			w.assign(name.Draw(w.t, "name"))
		}
	}
	if rapid.IntRange(0, 5).Draw(w.t, "last") == 0 {
		w.b.WriteString(pick("# end", "V1", "U1", " ").Draw(w.t, "end"))
	}
}

func (w *envWriter) note(name, mark string, bare bool) {
	line := 1 + strings.Count(w.b.String(), "\n")
	w.c.said = append(w.c.said, said{name, mark, w.file, line, bare})
}

func (w *envWriter) lead(name string) {
	w.b.WriteString(pick("", "", "", "", "export ", "  ", "\t", "export\t", " export  ").Draw(w.t, "lead") + name)
}

var equals = []string{"=", "=", "=", "=", " = ", ":", ": ", "= ", " =", "=\t", "\t:\v"}

func (w *envWriter) bare(name string) {
	w.note(name, "", true)
	w.lead(name)
	w.b.WriteString(pick("", "", " ", "\t").Draw(w.t, "after") + w.eol.Draw(w.t, "end of line"))
}

// withoutMark: after an equals sign and a space, a comment is a value.
func (w *envWriter) withoutMark(name string) {
	w.note(name, "", false)
	w.lead(name)
	w.b.WriteString(pick("=", "= ", "=''", `=""`, ":", "= # c", "=# c", "=\t#", "='' # c", `="" `).Draw(w.t, "nothing") + w.eol.Draw(w.t, "end of line"))
}

func (w *envWriter) assign(name string) {
	mark := fmt.Sprintf("m%d.", len(w.c.said))
	w.note(name, mark, false)
	w.lead(name)
	w.b.WriteString(pick(equals...).Draw(w.t, "equals"))
	quoted, ends := true, []string{"", "", " ", " # c", "\t# c", "#c", "  # 'c"}
	switch rapid.IntRange(0, 3).Draw(w.t, "quotes") {
	case 0:
		w.b.WriteString(`"` + mark + text(inDouble, `\"`).Draw(w.t, "value") + `"`)
	case 1:
		w.b.WriteString("'" + mark + text(inSingle, "").Draw(w.t, "value") + "'")
	default:
		quoted, ends = false, append(ends, " #", "\t", "\t #c", " \u00a0# c", ` # "`)
		w.b.WriteString(mark + text(unquoted, `"`).Draw(w.t, "value"))
	}
	if quoted && rapid.IntRange(0, 9).Draw(w.t, "same line") == 0 {
		w.b.WriteString(pick(" ", "\t", "").Draw(w.t, "between"))
		return
	}
	w.b.WriteString(pick(ends...).Draw(w.t, "end") + w.eol.Draw(w.t, "end of line"))
}

// badLines are what one slip of the keyboard makes of a line. Most are refused.
var badLines = []string{
	"V1 V2=1", "%x=1", "V1=${", `V1="${"`, "V1=${}", "V1=a${U1:?say why}", `V1="${U1?}"`, "V!=1", "$V=1", `"V1"=x`, "'V1'=x",
	"V1=${V1:-${}}", "V1=${U1:-${U2:?}}", "A\u2028B=1", "V1\u00a0V2=1", "V1=${1}", "V1=${.}", "export V1 V2=3", "set V1=2", "{", "V1+=2",
	"V1=${F0:+${U1:?}}", "V1=${V-", "V1=${V1!}", "=x", "export", "V1 =", "- V1=2", "; c", "// c", "(x)=1", "V1='open", `V1="open`, "V1=$$$", "V1=\\${",
	"E0=1\nV1=${E0:?}\nE0=", "V1=${E1:+${U1:?}}\nE1=1", "COMPOSE_X3=1\nV1=${COMPOSE_X3:?}\nCOMPOSE_X3=",
}

// spoil puts a bad line between two lines; line is where it then is. What is
// between may be a quoted value, and then nothing is spoilt.
func spoil(c envCase, bad string, at int) (spoilt envCase, line int) {
	lines := strings.SplitAfter(c.files[0], "\n")
	at %= len(lines)
	files := slices.Clone(c.files)
	files[0] = strings.Join(lines[:at], "") + bad + "\n" + strings.Join(lines[at:], "")
	return envCase{shell: c.shell, files: files}, at + 1
}
