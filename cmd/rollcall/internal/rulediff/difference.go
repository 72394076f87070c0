package rulediff

import (
	"encoding/json"
	"slices"

	"rollcall/sync/guard"
	"rollcall/sync/plan"
)

// Difference is what the second plan does and the first one does not, as the plan that
// leads from the outcome of the first to that of the second. What the first does and
// the second does not is there in reverse: somebody who would join and no longer does
// is one who leaves. old is what the first one is called.
func Difference(before, after *plan.Plan, old string) *plan.Plan {
	out := &plan.Plan{Version: after.Version, Instance: after.Instance, Sources: after.Sources,
		Notes: newOnly(before.Notes, after.Notes), Failures: slices.Concat(newOnly(after.Failures, before.Failures), after.Failures)}
	unread := map[string]bool{} // what one plan could not list is no difference (S09)
	for _, f := range out.Failures {
		unread[f.Organization] = true
	}
	for i := range after.Organizations {
		a := &after.Organizations[i]
		if unread[a.ID] {
			continue
		}
		out.Organizations = append(out.Organizations, organization(find(before, a.ID), a, old))
	}
	for i := range before.Organizations {
		if b := &before.Organizations[i]; find(after, b.ID) == nil && !unread[b.ID] {
			gone := *b
			gone.Changes, gone.Notes = nil, nil
			out.Organizations = append(out.Organizations, organization(b, &gone, old))
		}
	}
	for _, h := range after.Holds {
		if !contains(before.Holds, h) || keeps(&h, out) {
			out.Holds = append(out.Holds, h)
		}
	}
	hashAnew(out)
	return out
}

// hashAnew gives each set that waits the hash of what the difference has of it: the hash
// of the plan may stand for changes that nobody sees here (S23).
func hashAnew(p *plan.Plan) {
	hashes := map[string]string{}
	for _, set := range guard.WaitingSets(p) {
		if changes := set.Changes(); len(changes) > 0 {
			hashes[set.Hash] = plan.ApprovalHash(p.Instance.ID, changes)
		}
	}
	for i := range p.Holds {
		p.Holds[i].Approval = hashes[p.Holds[i].Approval]
	}
}

// keeps reports whether a hold keeps a change of a plan waiting.
func keeps(h *plan.Hold, p *plan.Plan) bool {
	for o, c := range p.Changes() {
		if c.State == plan.Held && c.Reasons.Has(h.Reason) && (h.Organization == "" || h.Organization == o.ID) {
			return true
		}
	}
	return false
}

func find(p *plan.Plan, id string) *plan.Organization {
	for i := range p.Organizations {
		if p.Organizations[i].ID == id {
			return &p.Organizations[i]
		}
	}
	return nil
}

// organization is the difference in one organization. before is nil if the first plan
// has nothing of it.
func organization(before, after *plan.Organization, old string) plan.Organization {
	if before == nil {
		return *after
	}
	out := *after
	out.Notes = newOnly(before.Notes, after.Notes)
	out.Members, out.AdminsBefore, out.Seats.Before = before.Members, before.AdminsBefore, before.Seats.Before
	for i := range before.Changes {
		if c := &before.Changes[i]; c.State != plan.Skipped { // what waits counts as done, see compose
			out.Members += c.MemberDelta()
			out.AdminsBefore += c.AdminDelta()
			out.Seats.Before += c.SeatDelta()
		}
	}
	first, second := bySubject(before), bySubject(after)
	out.Changes = nil
	done := map[string]bool{}
	for _, list := range [][]plan.Change{after.Changes, before.Changes} {
		for i := range list {
			if who := list[i].Subject(); !done[who] {
				done[who] = true
				out.Changes = append(out.Changes, compose(first[who], second[who], old)...)
			}
		}
	}
	slices.SortStableFunc(out.Changes, plan.CompareChanges)
	out.AdminsAfter, out.Seats.After = out.AdminsBefore, out.SeatsAfter()
	for i := range out.Changes {
		if c := &out.Changes[i]; c.State == plan.Ready {
			out.AdminsAfter += c.AdminDelta()
		}
	}
	return out
}

func bySubject(o *plan.Organization) map[string][]plan.Change {
	out := map[string][]plan.Change{}
	for _, c := range o.Changes {
		out[c.Subject()] = append(out[c.Subject()], c)
	}
	return out
}

// newOnly are the values of the second list that the first does not have.
func newOnly[T any](before, after []T) (list []T) {
	known := map[string]bool{}
	for _, x := range before {
		known[textOf(x)] = true
	}
	for _, x := range after {
		if !known[textOf(x)] {
			list = append(list, x)
		}
	}
	return list
}

func contains[T any](list []T, x T) bool { return len(newOnly(list, []T{x})) == 0 }

// textOf is a value as the JSON of a plan has it.
func textOf(x any) string {
	data, err := json.Marshal(x)
	if err != nil {
		panic("a part of a plan has no JSON: " + err.Error()) // it was made to be saved
	}
	return string(data)
}
