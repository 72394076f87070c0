// Package notify tells people and programs what a run did: by e-mail, in a
// chat that takes Slack's webhooks, by a signed webhook, and by a heartbeat for
// dead-man switches. By option it also hands on what happened to each person.
//
// A notification that fails never fails the run: it is a warning in the log.
// The addresses of webhooks are secrets; they are read from files and stand in
// no log and no error.
//
// A problem is told once, again when its reason changes or it has lasted for
// [Config].Repeat, and when it is over. That is remembered in the journal, for
// each channel and only once the channel has taken the message; without a
// state directory every run with a problem is told.
//
// Webhooks follow Standard Webhooks (https://www.standardwebhooks.com), so its
// libraries verify them in most languages: webhook-signature is "v1," and the
// base64 of the HMAC-SHA256, by the secret, of
//
//	webhook-id + "." + webhook-timestamp + "." + body
//
// A receiver refuses timestamps (seconds since 1970) that are more than five
// minutes off, and takes what it has had before, by its id, for done.
//
// Read notifier.go first, then message.go; each channel has a file of its own,
// and events.go is what happened to people.
package notify
