// Package undo makes the changes that take earlier runs back (S25).
//
// An undo restores a membership only where nothing else has changed it since. It
// adds or promotes nobody who is no longer in the directory, or whose dates do not
// allow it today (S28).
//
// The package imports journal and memory for what the runs did, diff for the
// proposals that it makes, identity and what it rests on for people and members of
// today, assign for dates, and policy and plan for configuration and changes. The
// proposals go through the same guards as those of any other run.
//
// Read reversal.go first: what a user had before and after the runs, and the
// changes between the two. reverse.go makes the proposals of all organizations,
// accounts.go makes the one of the leaver ladder, and readmission.go decides about people who would get access again.
package undo
