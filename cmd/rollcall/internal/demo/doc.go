// Package demo invents a company: what its directory says yesterday and today,
// and a Clerk instance that differs from it in every way that rollcall knows.
// It is the same company each time, so that the documentation can quote it.
//
// Read show.go first: it runs the real verbs. company.go and people.go make the
// company. The package imports clerkapi/sandbox, whose seed describes the instance,
// and sync for the report of a plan.
package demo
