package environ

// ScaffoldUses is for the test that has the outcome checked by internal/envcheck,
// which imports this package.
var ScaffoldUses = scaffoldUses
