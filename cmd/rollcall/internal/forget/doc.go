// Package forget is the verb forget: it checks that a person has left, asks, and has
// package sync/forget take the person out of the state directory.
//
// It imports runner for the lock and the dry run, setup for the question, journal,
// explain, plan and policy for what they are about, and facts and escape for texts.
package forget
