// Package facts says a report in words that every form shares: the headline, what
// waits with its people and its command, what failed, the line of a change, and
// what to type next.
//
// Read facts.go and options.go first, then headline.go, waiting.go and failures.go.
// heading.go, holds.go and lines.go are one organization, its holds and one change,
// outcome.go what became of a change, texts.go, notes.go and codes.go the sentences for
// notes, holds and Clerk's codes, commands.go and next.go what a report tells its reader
// to type. natural.go orders people, memberships.go and count.go count, cost.go has
// times and quotas, scope.go what was read for one person, upcoming.go dates, and news.go
// says whether --quiet writes anything.
// The package imports sync and its packages for the nouns of a report, and escape for
// values from outside (S35). It writes nothing.
package facts
