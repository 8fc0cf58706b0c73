//go:build !linux

package main

import "os"

func forgetPeak() {}

// highestResident is not known: what getrusage gives is in other units, or not there.
func highestResident(*os.ProcessState) int64 { return 0 }
