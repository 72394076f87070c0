// Package logger makes the one logger of the program.
//
// Read logger.go first: [New] logs for people or for machines, with the
// priorities that the journal of systemd reads. sentences.go logs to a terminal: one plain
// sentence for each event. journal_linux.go finds out
// whether standard error is that journal; journal_other.go is its answer on
// other systems.
//
// The package imports zap, and escape for what the values may hold.
package logger
