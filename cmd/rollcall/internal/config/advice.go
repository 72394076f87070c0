package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"rollcall/clerkapi"
)

// Places are where an admin looks for what Clerk was asked with.
type Places struct{ Key, URL string }

// PlacesOf are those of a clerk section.
func PlacesOf(c clerkapi.Config) Places {
	key := "the variable " + c.SecretKeyEnv
	if c.SecretKeyFile != "" {
		key = "the file " + c.SecretKeyFile
	}
	return Places{key, fmt.Sprintf("clerk.api_url (%s)", cmp.Or(c.APIURL, clerkapi.DefaultAPIURL))}
}

// Advise adds what to look at when Clerk cannot be read: the errors of
// clerkapi know nothing of the configuration.
func Advise(err error, at Places) error {
	call, isCall := errors.AsType[*clerkapi.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, clerkapi.ErrUnauthorized):
		return fmt.Errorf("%w; look at the key that %s holds: is it the secret key of this instance, and not revoked?", err, at.Key)
	case isCall && call.Status == 0:
		return fmt.Errorf("%w; nothing was changed: look at the network, and at %s", err, at.URL)
	case isCall && call.Status >= 500:
		return fmt.Errorf("%w; nothing was changed: the fault is Clerk's or of something on the way to %s; run again later", err, at.URL)
	}
	return err
}

// KeyRefused reports whether the key is what Clerk objects to: asking again
// for where it is helps then, and only then.
func KeyRefused(err error) bool {
	_, isCall := errors.AsType[*clerkapi.Error](err)
	return !isCall || errors.Is(err, clerkapi.ErrUnauthorized)
}
