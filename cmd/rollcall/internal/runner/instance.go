package runner

import (
	"context"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/sync"
)

// Instance is the instance that the session speaks of (S41): as Clerk names it,
// or, before Clerk has answered, as far as the configuration tells.
func (s *Session) Instance() clerkapi.Instance {
	if known := s.known.Load(); known != nil {
		return *known
	}
	return config.InstanceOf(s.Config.Clerk)
}

// ReadInstance asks Clerk which instance it is.
func (s *Session) ReadInstance(ctx context.Context) (clerkapi.Instance, error) {
	return namedClerk{s.Clerk, s}.Instance(ctx)
}

// namedClerk keeps the answer to the question which instance it is.
type namedClerk struct {
	sync.Clerk
	session *Session
}

// Instance asks, and keeps the answer for the session.
func (c namedClerk) Instance(ctx context.Context) (clerkapi.Instance, error) {
	instance, err := c.Clerk.Instance(ctx)
	if err == nil {
		c.session.known.Store(&instance)
	}
	return instance, err
}
