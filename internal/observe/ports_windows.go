package observe

import "golang.org/x/sys/windows"

var (
	errInUse     error = windows.WSAEADDRINUSE
	errNoAddress error = windows.WSAEADDRNOTAVAIL
)
