package identity

import (
	"context"

	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// markMovers replaces markers that are gone by the users that memory has for
// people who move between organizations. It does nothing where the user is
// gone too, or where Clerk has a marker.
func (v *Resolver) markMovers(ctx context.Context) error {
	moving := v.Memory.RememberedMovers(v.Config, v.Now())
	var ids []string
	for id, user := range moving {
		if len(v.Have.Markers.Users(id, nil))+len(v.Have.Markers.DirectoryIDs(user, nil)) > 0 {
			delete(moving, id)
			continue
		}
		ids = append(ids, user)
	}
	if err := v.Load(ctx, ids, "read the accounts of people who move between organizations"); err != nil {
		return err
	}
	v.Have.Movers = map[plan.DirectoryID]bool{}
	for id, user := range moving {
		if v.Users[user] != nil {
			v.Have.Movers[id] = true
			v.Have.Markers.Add(&roster.Member{UserID: user, Marker: &plan.Marker{Owner: v.Config.Owner, Source: id.Source, ID: id.ID}})
		}
	}
	return nil
}
