// Package clerkapi is a thin, typed client of the Clerk Backend API, for what
// keeping organization memberships in step needs.
//
// Read client.go (what a [Client] is made of), do.go (the one road that every
// call takes) and memberships.go (what calls look like). Then pages.go: how a
// list that others change is read whole; and roads.go: which of two ways to
// list memberships is cheaper. The limits are in admit.go (the order of
// waiting), limiter.go (the window), flow.go (how many at once) and gate.go
// (what a 429 closes); retry.go says what is sent again.
//
// It refuses to
//   - answer with a part of a list: a listing is whole or an error (S09, S16);
//   - send more than the budget in any window, as the server sees it;
//   - send the key anywhere but to the configured host over https, or follow
//     a redirect (S38);
//   - repeat an invitation or a new user whose first answer was lost;
//   - send arguments that Clerk's contract does not allow;
//   - show keys, bodies or e-mail addresses in errors and logs.
package clerkapi
