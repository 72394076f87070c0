// Package journaltest makes journals for tests. It imports sync/journal.
package journaltest
