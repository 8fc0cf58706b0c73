package units

import (
	"fmt"
)

// Plural is "1 service" or "2 services".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
