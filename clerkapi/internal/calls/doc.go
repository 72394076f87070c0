// Package calls is what a call to Clerk is: its method, path, arguments and
// answer, when it may be sent again, and how a list is read with several calls.
// How a call is sent is not known here: package clerkapi gives a [Sender].
//
// It imports clerkapi/internal/limit for the limits that a call counts against,
// clerkapi/internal/pages and clerkapi/internal/wire, and nothing else of
// rollcall.
//
// Read call.go, then pager.go.
package calls
