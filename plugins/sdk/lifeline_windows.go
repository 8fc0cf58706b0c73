package sdk

// keepFromChildren has nothing to do: on Windows handles are not inherited
// unless somebody says so.
func keepFromChildren(uintptr) {}
