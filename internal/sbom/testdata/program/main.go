// Program is one of Go's, for an image.
package main

func main() {}
