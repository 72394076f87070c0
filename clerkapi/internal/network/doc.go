// Package network says how Clerk is reached: by which proxy, and which authorities
// may vouch for it. It imports clerkapi/internal/secret for the password of the
// proxy and clerkapi/internal/transport, which does what it says.
package network
