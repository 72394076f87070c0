package config

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/source/platform"
)

// Places are where an admin looks for what Clerk was asked with.
type Places struct {
	Key, URL string
	// Instance is the one that was asked; see [InstanceOf].
	Instance clerkapi.Instance
}

// InstanceOf is what a clerk section says of its instance without a request: no
// id, the environment that the key is for, and the address unless it is Clerk's
// own.
func InstanceOf(c clerkapi.Config) clerkapi.Instance {
	i := clerkapi.Instance{Address: c.Address()}
	switch key := c.SecretKey.Reveal(); {
	case strings.HasPrefix(key, "sk_live_"):
		i.Environment = "production"
	case strings.HasPrefix(key, "sk_test_"):
		i.Environment = "development"
	}
	return i
}

// PlacesOf are those of a clerk section.
func PlacesOf(c clerkapi.Config) Places {
	key := "the variable " + c.SecretKeyEnv
	if c.SecretKeyFile != "" {
		key = "the file " + c.SecretKeyFile
	}
	return Places{key, fmt.Sprintf("clerk.api_url (%s)", cmp.Or(c.APIURL, clerkapi.DefaultAPIURL)), InstanceOf(c)}
}

// Advise adds which instance was asked (S41), and what to look at when Clerk
// cannot be read: the errors of clerkapi know nothing of the configuration.
func Advise(err error, at Places) error {
	if _, damaged := errors.AsType[*source.DamageError](err); damaged {
		return fmt.Errorf("%w\nNothing in Clerk was changed. Fix this, then run the command again", err)
	}
	if _, missing := errors.AsType[*source.MissingError](err); missing {
		return fmt.Errorf("%w; nothing in Clerk was changed", err)
	}
	call, isCall := errors.AsType[*clerkapi.Error](err)
	if isCall && errors.Is(err, clerkapi.ErrUnauthorized) && !errors.Is(err, context.Canceled) {
		return &refusal{refusalText(call, at), err}
	}
	if isCall && call.Status == 0 && !errors.Is(err, context.Canceled) && !errors.Is(err, clerkapi.ErrTooManyRequests) {
		return &refusal{silenceText(err, call, at), err}
	}
	if _, incomplete := errors.AsType[*clerkapi.IncompleteError](err); (isCall || incomplete) && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("%w (%s)", err, at.Instance)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, clerkapi.ErrTooManyRequests):
		return err // it says how long Clerk asks to wait; the network is not to blame
	case isCall && call.Status >= 500:
		return fmt.Errorf("%w; nothing was changed; Clerk or a proxy on the way to %s has a problem: run again later", err, at.URL)
	}
	return err
}

// refusal is an error that Clerk gives to a secret key, or that no answer came, in words
// for whoever has to do something about it. The log has the request at the level debug.
type refusal struct {
	text string
	err  error
}

// SaysWhere reports whether an error says itself that Clerk is what failed.
func SaysWhere(err error) bool {
	_, says := errors.AsType[*refusal](err)
	return says
}

// Error says what failed, why, and what to do.
func (r *refusal) Error() string { return r.text }

func (r *refusal) Unwrap() error { return r.err }

// silenceText says that no answer came, why, and where to look. A sandbox is a process
// on this machine, which somebody may have ended.
func silenceText(err error, e *clerkapi.Error, at Places) string {
	why := strings.TrimPrefix(e.Message, "no answer: ")
	switch _, unknown := errors.AsType[*net.DNSError](err); {
	case unknown:
		why = "its name cannot be found"
	case errors.Is(err, platform.ConnectionRefused):
		why = "connection refused"
	case isUnknownAuthority(err):
		why = "its certificate is from an authority that this machine does not know; if a proxy reads all traffic, clerk.ca_file takes the certificate of its authority"
	}
	text := fmt.Sprintf("Clerk cannot be reached: the %s does not answer (%s). Nothing was changed. ", at.Instance, why)
	if host, _, _ := net.SplitHostPort(at.Instance.Address); clerkapi.IsLoopback(host) {
		return text + "Is rollcall sandbox still running? Its address comes from " + at.URL
	}
	return text + "Check the name in " + at.URL + ", the proxy (clerk.proxy, or HTTPS_PROXY) and the firewall of this machine, then run the command again"
}

func isUnknownAuthority(err error) bool {
	_, is := errors.AsType[x509.UnknownAuthorityError](err)
	return is
}

const forbidden = 403 // of HTTP

// keysPage is where Clerk makes keys.
const keysPage = "the page API keys of Clerk's dashboard (https://dashboard.clerk.com/~/api-keys)"

// refusalText says why Clerk refused a key, where the key comes from, and where there is
// a better one. It never has the key.
func refusalText(e *clerkapi.Error, at Places) string {
	answer := fmt.Sprint(e.Status)
	if e.Code != "" {
		answer += " " + e.Code
	}
	text := fmt.Sprintf("Clerk refused the secret key of the %s (%s)", at.Instance, answer)
	host, _, _ := net.SplitHostPort(at.Instance.Address) // without a port it is no sandbox
	why, remedy := "it is mistyped, or it was deleted in Clerk", "make a new one on "+keysPage+", and put it there"
	switch {
	case e.Status == forbidden, strings.HasPrefix(e.Code, "authorization_") && e.Code != "authorization_header_format_invalid":
		why, remedy = "it may not do this", "make one without restrictions on "+keysPage+", and put it there"
	case at.Instance.ID != "":
		why = "it was valid when this command began, and was deleted since"
	case clerkapi.IsLoopback(host):
		why, remedy = "it is mistyped, or the key of another sandbox", "a sandbox prints its key when it starts: put that one there"
	}
	return text + ": " + why + "; the key comes from " + at.Key + "; " + remedy
}

// KeyRefused reports whether the key is what Clerk objects to: asking again
// for where it is helps then, and only then.
func KeyRefused(err error) bool {
	_, isCall := errors.AsType[*clerkapi.Error](err)
	return !isCall || errors.Is(err, clerkapi.ErrUnauthorized)
}
