package usage

import (
	"strconv"
	"strings"
	"time"
)

// Call is a call as Mage understands it, or what is to be shown instead.
type Call struct {
	Words   []string
	Show    Show
	Subject string // of what help or a list is wanted, "" for all
}

// Show is what a call wants to see instead of running targets.
type Show int

// What there is to be seen.
const (
	Nothing Show = iota
	Help
	List
	Version
)

// Understand makes a call into what Mage understands: flags behind the
// arguments, as -name=value. It takes them with two dashes, with the value as
// the next word and before the arguments, and leaves out each "--", which
// package managers pass on. The error is a failure of usage: nothing may run.
func (t Table) Understand(words []string) (Call, error) {
	c := &reader{Table: t, words: words}
	if err := c.options(); err != nil {
		return Call{}, err
	}
	if c.Show == Version {
		return c.Call, nil
	}
	if word := c.peek(); strings.EqualFold(word, "help") && t.Find(word) == nil {
		c.Show, c.at = Help, c.at+1
	}
	if c.Show != Nothing {
		c.Subject = c.peek()
		return c.Call, c.knows(c.Subject)
	}
	var last *Target
	for c.more() {
		target := t.Find(c.peek())
		if target == nil {
			return Call{}, c.unknown(last)
		}
		c.at++
		if err := c.take(target); err != nil || c.Show != Nothing {
			return c.Call, err
		}
		last = target
	}
	return c.Call, nil
}

// reader goes through the words of a call.
type reader struct {
	Table
	Call
	words []string
	at    int
}

// more says whether there is a word, past each "--".
func (c *reader) more() bool {
	for c.at < len(c.words) && c.words[c.at] == "--" {
		c.at++
	}
	return c.at < len(c.words)
}

func (c *reader) peek() string {
	if !c.more() {
		return ""
	}
	return c.words[c.at]
}

// options reads those before the first target, Mage's own.
func (c *reader) options() error {
	for c.more() && strings.HasPrefix(c.peek(), "-") {
		word := c.words[c.at]
		c.at++
		name, value, given := strings.Cut(strings.TrimPrefix(word[1:], "-"), "=")
		if name == "t" && !given {
			value, given = c.peek(), true
			c.at++
		}
		switch name {
		case "t":
			if !fits("duration", value) {
				return refuse("-t has no duration").WithHint("-t=5m30s is one")
			}
			c.Words = append(c.Words, "-t="+value)
			continue
		case "v":
			c.Words = append(c.Words, word)
		case "l":
			c.Show = List
		case "h", "help":
			c.Show = Help
		case "version":
			c.Show = Version
		default:
			return c.leadingFlag(word)
		}
		if given && !fits("bool", value) {
			return refuse("%s is not true or false", word).WithHint("leave out the =")
		}
	}
	return nil
}

// take reads what stands behind a target.
func (c *reader) take(t *Target) error {
	begin := c.at
	var arguments, flags []string
	for c.more() {
		word := c.peek()
		missing := len(arguments) < len(t.Arguments)
		switch {
		case isFlag(word) || !missing && strings.HasPrefix(word, "-"):
			flag, err := c.takeFlag(t, begin)
			if err != nil || c.Show != Nothing {
				return err
			}
			flags = append(flags, flag)
			continue
		case !missing:
			c.Words = append(append(append(c.Words, t.Name), arguments...), flags...)
			return nil
		}
		if argument := t.Arguments[len(arguments)]; !fits(argument.Type, word) {
			return refuse("<%s> of %s is no %s", argument.Name, t.Name, argument.Type).WithDetails(t.Usage()).WithHint("%s", help(t.Name))
		}
		arguments = append(arguments, word)
		c.at++
	}
	if len(arguments) < len(t.Arguments) {
		return refuse("%s needs <%s>", t.Name, t.Arguments[len(arguments)].Name).WithDetails(t.Usage()).WithHint("%s", help(t.Name))
	}
	c.Words = append(append(append(c.Words, t.Name), arguments...), flags...)
	return nil
}

// takeFlag reads a flag of a target; begin is where the target's words begin.
func (c *reader) takeFlag(t *Target, begin int) (string, error) {
	word := c.words[c.at]
	name, value, given := strings.Cut(strings.TrimPrefix(word[1:], "-"), "=")
	flag := t.flag(name)
	switch {
	case flag == nil && (strings.EqualFold(name, "h") || strings.EqualFold(name, "help")):
		c.Show, c.Subject = Help, t.Name
		return "", nil
	case flag == nil:
		return "", c.noFlag(t, word, begin)
	}
	c.at++
	switch {
	case given:
	case flag.Type == "bool":
		return "-" + flag.Name, nil
	case !c.more() || isFlag(c.peek()):
		return "", refuse("-%s of %s needs a value", flag.Name, t.Name).WithDetails(t.Usage()).WithHint("-%s=%s", flag.Name, flag.placeholder())
	default:
		value = c.peek()
		c.at++
	}
	if !fits(flag.Type, value) {
		return "", refuse("-%s of %s is no %s", flag.Name, t.Name, flag.Type).WithDetails(t.Usage()).WithHint("%s", help(t.Name))
	}
	return "-" + flag.Name + "=" + value, nil
}

// isFlag tells a flag from an argument that begins with a dash, such as -5.
func isFlag(word string) bool {
	word, dash := strings.CutPrefix(word, "-")
	word = strings.TrimPrefix(word, "-")
	return dash && word != "" && (word[0]|0x20) >= 'a' && (word[0]|0x20) <= 'z'
}

// fits holds for what Mage converts to that type.
func fits(kind, text string) bool {
	var err error
	switch kind {
	case "bool":
		_, err = strconv.ParseBool(text)
	case "int":
		_, err = strconv.Atoi(text)
	case "float64":
		_, err = strconv.ParseFloat(text, 64)
	case "duration":
		_, err = time.ParseDuration(text)
	}
	return err == nil
}
