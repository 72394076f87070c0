// Package fastjson reads JSON that is written in the plain way, faster than
// encoding/json. It gives up on everything else, so that its caller reads the
// text again with encoding/json: it can be slow, but not wrong.
//
// The package imports nothing of rollcall. Package clerkapi/internal/wire says
// what it gains, and when it is deleted.
package fastjson
