package calls

import (
	"context"
	"net/url"

	"rollcall/clerkapi/internal/limit"
)

// Call is one request to Clerk: the template of its path, the values of its
// placeholders in order, the body and the place of the answer.
type Call struct {
	Method string
	Path   string
	Args   []string
	Query  url.Values
	In     any
	Out    any
	// Fast decodes the answer into Out faster than encoding/json, or reports
	// false. It is nil for answers that are too small to matter.
	Fast   func(body []byte) bool
	Repeat Repeat
	Limits limit.Key
	// LeastCounted marks a call of an operation that counts its own least number
	// of requests, see Stats of package clerkapi.
	LeastCounted bool
}

// Kind names all calls of one operation and holds nothing personal.
func (c *Call) Kind() string { return c.Method + " " + c.Path }

// Repeat says when a call may be sent again after a failure that is no 429.
type Repeat uint8

const (
	// OnlyUnsent is for calls that must not happen twice: invitations and new
	// users.
	OnlyUnsent Repeat = iota
	// Always is for reads, for calls that do the same when repeated, and for
	// POST membership, which Clerk refuses the second time (S33).
	Always
)

// Sender sends calls.
type Sender interface {
	// Do sends a call and decodes its answer.
	Do(ctx context.Context, c *Call) error
	// CountLeast counts the least number of requests of an operation.
	CountLeast(kind string, n int)
}
