// Package unasked notes the groups of people that no rule asks for. Who is still in the
// file has moved, and has not left; and a group that only looks like one of a rule may
// be the reason why somebody leaves. Most people are in groups of rules, and cost
// nothing here. It imports source for what it answers with. unasked.go is all of it.
package unasked
