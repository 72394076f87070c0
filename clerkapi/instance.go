package clerkapi

import (
	"context"

	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/wire"
)

// instance are the calls that concern the instance as a whole.
type instance struct {
	sender  *sender
	address string // see [Config.Address]
}

const sandbox = "sandbox"

// Instance reads which instance the secret key belongs to (GET /instance).
func (c *instance) Instance(ctx context.Context) (Instance, error) {
	var out wire.Instance
	err := c.sender.Do(ctx, &calls.Call{Method: "GET", Path: "/instance", Out: &out, Repeat: calls.Always})
	if c.sender.sandbox.Load() { // whatever environment it plays (S41)
		out.Environment = sandbox
	}
	return Instance{out.ID, out.Environment, c.address}, err
}
