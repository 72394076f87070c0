// Package statuspage is what the service shows over HTTP: a page for people
// (/), figures for Prometheus (/metrics), and answers for whoever watches the
// process (/livez, /readyz).
//
// It can be read and nothing else. There is no login, so it shows no secret,
// and no person but those whom a hold is about; it listens on loopback unless
// the configuration says otherwise. On loopback it answers only to loopback's
// own names, or any page in a browser on this machine could read it through a
// name of its own (DNS rebinding).
//
// Read page.go first, then view.go; server.go is the listening.
package statuspage
