package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"rollcall/clerkapi"
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
	call, isCall := errors.AsType[*clerkapi.Error](err)
	if _, incomplete := errors.AsType[*clerkapi.IncompleteError](err); (isCall || incomplete) && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("%w (%s)", err, at.Instance)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, clerkapi.ErrUnauthorized):
		return fmt.Errorf("%w; check the key in %s: is it the secret key of this instance, and has it been revoked?", err, at.Key)
	case errors.Is(err, clerkapi.ErrTooManyRequests):
		return err // it says how long Clerk asks to wait; the network is not to blame
	case isCall && call.Status == 0:
		return fmt.Errorf("%w; nothing was changed; check the network, and %s", err, at.URL)
	case isCall && call.Status >= 500:
		return fmt.Errorf("%w; nothing was changed; Clerk or a proxy on the way to %s has a problem: run again later", err, at.URL)
	}
	return err
}

// KeyRefused reports whether the key is what Clerk objects to: asking again
// for where it is helps then, and only then.
func KeyRefused(err error) bool {
	_, isCall := errors.AsType[*clerkapi.Error](err)
	return !isCall || errors.Is(err, clerkapi.ErrUnauthorized)
}
