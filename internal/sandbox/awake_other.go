//go:build !linux && !darwin

package sandbox

import "time"

// awake is the clock: there is no call for another here.
func awake() time.Duration {
	return time.Duration(time.Now().UnixNano()) //nolint:forbidigo // as the others ask the kernel
}
