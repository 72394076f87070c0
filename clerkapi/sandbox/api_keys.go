package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
)

// Clerk serves API keys with other rules than its other objects: pages of at most
// 100, and 400 bad_request for what the others answer with 422. The ids of
// subjects have a fixed form there, on which the sandbox does not insist.
const maxKeys = 100

func badRequest(long string) *failure { return refuse(http.StatusBadRequest, "bad_request", long) }

func noAPIKeys(c *call) *failure {
	if c.instance.APIKeysDisabled {
		return refuse(http.StatusUnprocessableEntity, "api_keys_not_enabled", "the instance has no API keys")
	}
	return nil
}

// listKeys answers GET /api_keys, the newest first.
func listKeys(c *call) *failure {
	if f := noAPIKeys(c); f != nil {
		return f
	}
	subject := c.query.Get("subject")
	if subject == "" {
		return badRequest("the parameter subject is required")
	}
	u := c.userByID[subject]
	if u == nil && c.orgByID[subject] == nil {
		return notFound("subject", subject)
	}
	p, ok := keyPage(c)
	all, set, f := c.boolean("include_invalid")
	if !ok || f != nil {
		return badRequest("limit, offset or include_invalid has a wrong value")
	}
	rows := c.keys
	if u != nil {
		rows = slices.SortedFunc(slices.Values(u.keys), byCreation)
	}
	part, kind := c.query.Get("query"), c.query.Get("type")
	rows = filterRows(rows, func(k *apiKey) bool {
		return k.Subject == subject && (set && all || !k.Revoked && !k.expired(c.now)) && (part == "" || containsFold(k.Name, part)) &&
			(kind == "" || kind == "api_key")
	})
	indexes, total := c.pageRows(p, len(rows))
	data := make([]json.RawMessage, len(indexes))
	for i, at := range indexes {
		data[i] = appendJSON(nil, rows[len(rows)-1-at].object(c.now))
	}
	return c.answer(struct {
		Data  []json.RawMessage `json:"data"`
		Total int               `json:"total_count"`
	}{data, total})
}

func keyPage(c *call) (page, bool) {
	limit, bad := c.integer("limit", defaultLimit)
	offset, also := c.integer("offset", 0)
	return page{int(limit), int(offset)}, bad == nil && also == nil && limit >= 1 && limit <= maxKeys && offset >= 0
}

// revokeKey answers POST /api_keys/{apiKeyID}/revoke. A key that is revoked stays
// so, with its first reason.
func revokeKey(c *call) *failure {
	if f := noAPIKeys(c); f != nil {
		return f
	}
	k := c.keyByID[c.path("apiKeyID")]
	if k == nil {
		return notFound("API key", c.path("apiKeyID"))
	}
	form, f := c.form("revocation_reason")
	if f != nil || len(c.body) == 0 {
		return badRequest("the body is not an object")
	}
	reason := form.text("revocation_reason")
	if form.failure() != nil {
		return badRequest("the body has an unknown field, or a reason that is no text")
	}
	if !k.Revoked {
		k.Revoked, k.Reason, k.UpdatedAt = true, reason, c.now
	}
	return c.answer(k.object(c.now))
}

// keyObject is the object of a key. Only the answer to its creation, which the
// sandbox does not serve, has the secret.
type keyObject struct {
	Object      string     `json:"object"`
	ID          string     `json:"id"`
	Type        string     `json:"type"`
	Subject     string     `json:"subject"`
	Name        string     `json:"name"`
	Description *string    `json:"description"`
	Claims      alwaysNull `json:"claims"`
	Scopes      []string   `json:"scopes"`
	Revoked     bool       `json:"revoked"`
	Reason      *string    `json:"revocation_reason"`
	Expired     bool       `json:"expired"`
	ExpiresAt   *int64     `json:"expiration"`
	CreatedBy   *string    `json:"created_by"`
	LastUsedAt  *int64     `json:"last_used_at"`
	timestamps
}

func (k *apiKey) object(now int64) keyObject {
	return keyObject{
		Object: "api_key", ID: k.ID, Type: "api_key", Subject: k.Subject, Name: k.Name, Description: nullable(k.Description),
		Scopes: notNil(k.Scopes), Revoked: k.Revoked, Reason: nullable(k.Reason), Expired: k.expired(now), ExpiresAt: nullable(k.ExpiresAt),
		CreatedBy: nullable(k.CreatedBy), LastUsedAt: nullable(k.LastUsedAt), timestamps: timestamps{k.CreatedAt, k.UpdatedAt},
	}
}
