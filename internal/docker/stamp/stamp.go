// Package stamp reads the times that the engine sets before the messages of a log.
package stamp

import (
	"strings"
	"time"
)

// Cut takes the time stamp off a message; where there is none, the
// message is all text and the time is zero.
func Cut(message string) (time.Time, string) {
	stamp, text, found := strings.Cut(message, " ")
	if !found {
		stamp, text = strings.TrimRight(message, "\r\n"), message[len(strings.TrimRight(message, "\r\n")):]
	}
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return time.Time{}, message
	}
	return at, text
}

// Clock reads the stamps of a log, of which many in a row are of one second.
type Clock struct {
	second string // up to the seconds, as of the last stamp
	unix   int64
}

// Cut is the function, and quick where the stamp is in UTC.
func (c *Clock) Cut(message string) (time.Time, string) {
	end := strings.IndexByte(message, ' ')
	if end < 0 {
		return Cut(message)
	}
	at, ok := c.Parse(message[:end])
	if !ok {
		return Cut(message)
	}
	return at, message[end+1:]
}

// Parse reads a stamp in UTC; false for any other text.
func (c *Clock) Parse(stamp string) (time.Time, bool) {
	const seconds = len("2006-01-02T15:04:05")
	if len(stamp) <= seconds || stamp[len(stamp)-1] != 'Z' {
		return time.Time{}, false
	}
	nanos, scale := int64(0), int64(1_000_000_000)
	for i, digit := range []byte(stamp[seconds : len(stamp)-1]) {
		switch {
		case i == 0 && digit == '.' && len(stamp) > seconds+2:
		case i > 0 && i < 10 && digit >= '0' && digit <= '9':
			scale /= 10
			nanos += int64(digit-'0') * scale
		default:
			return time.Time{}, false
		}
	}
	if stamp[:seconds] != c.second {
		at, err := time.Parse("2006-01-02T15:04:05", stamp[:seconds])
		if err != nil {
			return time.Time{}, false
		}
		c.second, c.unix = strings.Clone(stamp[:seconds]), at.Unix()
	}
	return time.Unix(c.unix, nanos).UTC(), true
}
