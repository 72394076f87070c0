// Package apply sends the ready changes of a plan to Clerk.
//
// Organizations are worked on at once. Within one, what takes access goes first and
// never waits for what gives it, except for the successor that a last admin needs
// (S19, S39). Each change is in the journal before it is sent, and its result
// afterwards (S32). A failed change stops no unrelated one. An interruption lets the
// calls in flight finish and sends no more.
//
// The package imports plan for the changes, roster for the client and for the
// members of today, memory and journal for what is written down, and policy for
// limits and invitations. It knows neither rules nor people nor guards: a change
// that is ready is sent.
//
// Read send.go first: [Sender.Send], and the run of one organization. waves.go
// makes batches, budget.go counts failures of losses and gains apart, and refusal.go
// ends the gains that Clerk would refuse again. writeahead.go writes changes to the
// journal, and call.go is the only place where a change becomes a call. invite.go and
// quota.go send invitations within Clerk's limit for an hour, and create.go creates
// users. accounts.go takes the steps of the leaver ladder, after all removals, and takes
// them back before anything else. recover.go asks Clerk what became of a run that was cut off. outcome.go and
// sent.go are the results; progress.go counts them for the progress of the run.
package apply
