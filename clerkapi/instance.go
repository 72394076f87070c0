package clerkapi

import (
	"context"
	"errors"
)

// Instance reads which instance the secret key belongs to (GET /instance).
func (c *Client) Instance(ctx context.Context) (Instance, error) {
	var out wireInstance
	err := c.do(ctx, &call{method: "GET", path: "/instance", out: &out, repeat: always})
	return Instance(out), err
}

type wireInstance struct {
	ID          string `json:"id"`
	Environment string `json:"environment_type"`
}

func (w *wireInstance) check() error {
	if w.ID == "" {
		return errors.New("the instance lacks its id")
	}
	return nil
}
