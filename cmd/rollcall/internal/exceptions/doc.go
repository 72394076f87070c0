// Package exceptions is the dialogue of the verbs grant, deny and exceptions: who a
// person is, what an exception would do, and the list of those that there are. What an
// exception means is in package sync/exception.
//
// check.go judges the command line, make.go makes an exception, who.go finds the person,
// and list.go lists and ends exceptions.
// The package asks with setup's dialogue, plans with runs of sync, and finds
// organizations with state.
package exceptions
