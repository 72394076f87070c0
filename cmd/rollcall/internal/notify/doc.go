// Package notify tells people and programs what a run did: by e-mail, in a
// chat that takes Slack's webhooks, by a signed webhook, and by a heartbeat for
// dead-man switches.
//
// A notification that fails never fails the run: it is a warning in the log.
// The addresses of webhooks are secrets; they are read from files and never
// appear in a log or an error.
//
// A problem is told once, again after [Config].Repeat, and when it is over. One
// that comes and goes is not told each time: it is told again after
// [Config].Repeat too, and its end only if its beginning was told. All this is
// remembered in the journal, for each channel and only once the channel has taken
// the message; without a state directory every run with a problem is told.
//
// Webhooks follow Standard Webhooks (https://www.standardwebhooks.com), so its
// libraries verify them in most languages: webhook-signature is "v1," and the
// base64 of the HMAC-SHA256, by the secret, of
//
//	webhook-id + "." + webhook-timestamp + "." + body
//
// A receiver refuses timestamps (seconds since 1970) that are more than five
// minutes off, and ignores a message whose id it has received before.
//
// Read notifier.go first, then message.go; repeat.go decides which runs a channel
// is told of. Each channel has a file of its own. The package imports report for
// the text of a message, source for byte order marks, and journal for what each
// channel knows.
package notify
