// Package statuspage is what the service shows over HTTP: a page for people (/),
// figures for Prometheus (/metrics), and answers for whatever watches the process
// (/livez, /readyz). Below the page are one for each run, organization and person
// (/runs/12, /organizations/org_1, /people/user_1), one that says which group gives what
// (/groups), and a search. None has a script.
//
// There is no login, so it shows no secret, and answers reads only. On loopback
// the pages name people: whoever can ask there has an account on this machine, or
// comes through a proxy that the admin has put in front of it. At any other address
// they show counts instead, since everybody in the network may ask.
// The text of a hold is the exception: a person whom it is about stands in it
// everywhere.
//
// One form changes something, and only if the configuration has serve.approve: it
// approves what waits (/approve/HASH), for people whom a proxy has signed in (S23). They
// see the names at any address (S43).
//
// A program with a token may ask for a run (POST /run); package runrequest answers it.
//
// On loopback it answers only requests for loopback's own names. Otherwise any page
// in a browser on this machine could read it under a name of its own (DNS
// rebinding).
//
// Read page.go first, then view.go and headline.go; outcome.go is the last run as the
// page keeps it, waiting.go what waits, timeline.go and package trend the pictures, kept.go
// the place of all this in the journal, words.go times and counts, and server.go the
// listening, with package crowd. pages.go, runpage.go, grants.go, lookup.go and search.go
// are the pages below. approval.go is the form, and package signin says who may send it.
// The package imports notify and report for the run and its digest, approve for sets that
// wait, state, journal and memory for earlier runs, serve for its configuration, and
// webpage for the looks that the page shares with reports.
package statuspage
