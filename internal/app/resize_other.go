//go:build !unix

package app

import "os"

// resized: no signal tells it here, so the terminal keeps its first size.
func resized() (<-chan os.Signal, func()) { return nil, func() {} }
