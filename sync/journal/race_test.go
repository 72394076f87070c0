//go:build race

package journal

// thin is how many of the cases of the long tests stand for one: the race
// detector makes SQLite some forty times slower, and these tests run in one
// goroutine.
const thin = 20
