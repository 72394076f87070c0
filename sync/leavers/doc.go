// Package leavers decides which accounts the leaver ladder is for: those of people who
// have left the directory for good, and have no membership any more (leavers in the
// configuration).
//
// The ladder takes more than a membership, and some of it for good. So it asks for more
// proof than a removal does. Every source was read whole, and none of them has the
// person by an id or by an address (S09 to S14). Clerk has no membership of the user
// but those that the same plan removes. The person has an id, because a changed address
// alone looks like somebody who left (S01).
//
// The package imports diff for the removals and what the run has read, and what it
// rests on: assign, identity, directory, memory, roster, exception, policy and plan.
// It adds the section of the accounts to the plan. Package guard decides afterwards
// whether a step waits.
//
// Read ladder.go first: [Ladder.Add] is the step of the run. candidates.go finds the
// people whose removal the plan has, and those whom an earlier run has not finished
// with. presence.go asks the directory for them, and doubts.go says when nothing is
// proven. memberships.go asks Clerk.
// sessions.go is the option that each removal ends sessions, which needs no such proof.
package leavers
