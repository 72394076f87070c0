//go:build race

package main

// raceEnabled leaves out or thins tests whose work is done by the real program,
// which is built without the race detector all the same.
const raceEnabled = true
