// Package explain answers two questions about a dry run: why one person has the
// access they have, and why each member of an organization is one.
//
// The answers are made from the values that the plan was made of, so an
// explanation cannot differ from the plan.
//
// The package imports diff for the comparison, guard for the people that the
// configuration protects, the packages below them for people, members and rules,
// and journal for the runs that gave access.
//
// For one person, read person.go: [Person] makes the [Explanation] in
// explanation.go. subject.go finds the person, rules.go says what each rule makes of
// them, past.go what earlier runs did to them, and verdict.go makes the sentences.
//
// For an access review, read review.go: [Everyone] makes the [Review] in access.go.
// members.go says what explains a member or an invitation, and grants.go finds the
// run that gave the access and the person who approved it.
package explain
