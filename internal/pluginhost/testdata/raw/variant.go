package main

// variant is what is wrong with the plugin; the tests write another.
const variant = "none"
