package sdk

// Serve is a plugin's main: it speaks to the host until that is done, and ends
// when the host is gone.
func Serve(p Plugin) { panic(p.Name) }
