//go:build race

package main

// raceEnabled thins out tests of the real program, which is built without the
// race detector all the same.
const raceEnabled = true
