// Package wire is how Clerk writes its answers: the JSON of each object, reduced
// to the fields that rollcall reads, and what makes an answer unusable.
//
// An answer is read whole and within bounds, or it is an error that shows
// nothing of its content. Each type has a Check method for the fields without
// which a record cannot be named, matched or judged (S09, S17). Texts that come
// from Clerk are cleaned before anything shows them (S35).
//
// The package imports clerkapi/internal/fastjson, for the one answer that is
// large, and nothing else of rollcall: package clerkapi turns these types into
// its own.
//
// Read decode.go (one answer), page.go and the objects (membership.go, user.go,
// organization.go, invitation.go, role.go, instance.go), refusal.go and text.go
// (what a refusal says), then membershippage.go and interner.go: how a million
// memberships are read in little time and memory.
package wire
