// Package writers reads what else in Clerk makes members of organizations or sets
// their roles, besides rollcall: enterprise connections, verified domains, and
// Clerk's own directory sync with its group role mappings.
//
// These lists are for saying what will happen. Nothing waits for them and nothing
// fails with them: a list that cannot be read is named in the result (S40).
//
// Clerk shows which writers an organization has. It does not show which
// memberships are theirs: the members of a directory's groups are not readable,
// and neither a user nor a membership names its directory outside of webhooks. What
// can be known of one membership is a refusal (409
// organization_membership_managed_by_scim), which package memory keeps for a week.
// Everything else is a risk (Risks of package plan), and no change is left out for it.
//
// Of our own packages it imports clerkapi, for the types of its answers. Read
// writer.go for the result, then read.go.
package writers
