package accounts

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/wire"
)

const (
	keysPath = "/api_keys"
	// maxKeys is the most keys that Clerk puts on one page.
	maxKeys = 100
)

// APIKeys lists the API keys of a user that still work, whole or an error (GET
// /api_keys). Keys belong to the account, not to a membership, and by default
// they never expire. An instance without the feature answers 422
// api_keys_not_enabled.
func (c *Calls) APIKeys(ctx context.Context, user string) ([]APIKey, error) {
	if err := arguments.Of("APIKeys").ID("user", user).Err(); err != nil {
		return nil, err
	}
	l := &shortList[APIKey]{
		what: "API keys of a user", kind: "GET " + keysPath, limit: maxKeys,
		id: func(k *APIKey) string { return k.ID },
		fetch: func(ctx context.Context, offset int) ([]APIKey, int, error) {
			return c.keys(ctx, user, offset)
		},
	}
	return l.all(ctx, c.Sender)
}

// keys reads one page. A key of another subject means that the answer belongs to
// another question (S09).
func (c *Calls) keys(ctx context.Context, user string, offset int) ([]APIKey, int, error) {
	var out wire.Page[wire.APIKey]
	err := c.Sender.Do(ctx, &calls.Call{
		Method: "GET", Path: keysPath, Out: &out, Repeat: calls.Always, LeastCounted: true,
		Query: url.Values{"subject": {user}, "limit": {strconv.Itoa(maxKeys)}, "offset": {strconv.Itoa(offset)}},
	})
	if err != nil {
		return nil, 0, err
	}
	for i := range out.Data {
		if k := &out.Data[i]; k.Subject != user {
			return nil, 0, fmt.Errorf("GET %s: asked for the keys of %s, got one of %s", keysPath, user, wire.CleanMessage(k.Subject))
		}
	}
	return calls.Rows(out.Data, keyOf), int(*out.Total), nil
}

// RevokeAPIKey revokes an API key for good. reason is shown in Clerk. It is
// repeated when the answer is lost, because a second call revokes the same key
// with the same reason. After an error, list the keys again.
func (c *Calls) RevokeAPIKey(ctx context.Context, key, reason string) (APIKey, error) {
	if err := arguments.Of("RevokeAPIKey").ID("key", key).Err(); err != nil {
		return APIKey{}, err
	}
	in := struct {
		Reason string `json:"revocation_reason,omitempty"`
	}{reason}
	var out wire.APIKey
	err := c.Sender.Do(ctx, &calls.Call{
		Method: "POST", Path: keysPath + "/{apiKeyID}/revoke", Args: []string{key}, In: in, Out: &out, Repeat: calls.Always,
	})
	return keyOf(&out), err
}

// APIKey is an API key of a user. Its secret is never read.
type APIKey struct {
	ID      string // ak_…
	Subject string // the user's id
	Name    string
	// Revoked and Expired are false for keys that work.
	Revoked, Expired bool
	// Unix milliseconds; 0 is never.
	CreatedAt, ExpiresAt, LastUsedAt int64
}

func keyOf(w *wire.APIKey) APIKey {
	return APIKey{
		ID: w.ID, Subject: w.Subject, Name: w.Name, Revoked: w.Revoked, Expired: w.Expired,
		CreatedAt: int64(w.CreatedAt), ExpiresAt: int64(w.ExpiresAt), LastUsedAt: int64(w.LastUsedAt),
	}
}
