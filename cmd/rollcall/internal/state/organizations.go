package state

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
)

// Organizations are those that earlier runs have seen: the slug of each id, also
// where the runs changed nothing (S22). An organization without a slug has its id.
type Organizations map[string]string

// Read reads the organizations from a journal.
func Read(ctx context.Context, db *journal.DB) (Organizations, error) {
	facts, err := db.Facts(ctx, memory.FactOrganization, memory.FactPin)
	if err != nil {
		return nil, err
	}
	known := Organizations{}
	for i := range facts {
		id, slug, err := organizationOf(&facts[i])
		if err != nil {
			return nil, fmt.Errorf("read the state of %s: %w", facts[i].Key, err)
		}
		known[id] = cmp.Or(slug, known[id], id)
	}
	return known, nil
}

// organizationOf reads a fact about an organization, or a slug with the id that it
// stood for.
func organizationOf(f *journal.Fact) (id, slug string, err error) {
	if f.Kind == memory.FactPin {
		err = json.Unmarshal(f.Value, &id)
		return id, f.Key, err
	}
	var o memory.OrganizationFact
	err = json.Unmarshal(f.Value, &o)
	return f.Key, o.Slug, err
}

// Label is the slug of an organization, or its id if no slug is known.
func (o Organizations) Label(id string) string { return cmp.Or(o[id], id) }

// ID finds an organization by its slug or id. What begins with org_ is an id, also
// of an organization that no run has seen: a slug cannot begin so.
func (o Organizations) ID(name string) (string, bool) {
	for _, id := range slices.Sorted(maps.Keys(o)) {
		if name == id || name == o[id] {
			return id, true
		}
	}
	return name, strings.HasPrefix(name, "org_")
}

// Suggestion asks for the organization whose name is nearest; empty if none is near.
func (o Organizations) Suggestion(name string) string { return source.DidYouMean(name, o.names()) }

// names are the slugs, sorted.
func (o Organizations) names() []string { return slices.Sorted(maps.Values(o)) }
