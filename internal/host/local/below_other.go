//go:build !linux

package local

// below: only Linux tells cheaply who has started whom.
func below(int) []int { return nil }
