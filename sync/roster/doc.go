// Package roster reads what Clerk holds: organizations, members with their
// markers, pending invitations, roles and role sets. It knows nothing of the
// people in the sources.
//
// Of our own packages it imports clerkapi, for the types of its answers; source,
// which folds addresses; policy, for owner, admin roles and names of sources; and
// plan, for markers and metadata.
//
// Read the files in this order:
//
//   - clerk.go: the requests that this package makes
//   - read.go: Reader, which reads organizations with their members
//   - marked.go: organizations that only our markers lead to (S15)
//   - roster.go: all organizations, and one organization
//   - member.go: one member
//   - markers.go: the index of members by marker and by user
//   - roles.go: what roles may do, and which roles are admin roles
//   - invitations.go: pending invitations
package roster
