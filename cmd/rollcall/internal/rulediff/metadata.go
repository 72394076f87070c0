package rulediff

import (
	"maps"

	"rollcall/sync/plan"
)

// metadata is the change from the metadata after the first plan to those after the
// second; nil if a member joins or leaves by the difference, or the two are the same.
func (x *composer) metadata() *plan.Change {
	from, _, _ := x.outcome(x.before)
	to, _, _ := x.outcome(x.after)
	if from == "" || to == "" {
		return nil
	}
	public, publicBefore, nulls := x.between(func(c *plan.Change) (patch, before plan.JSON) { return c.Public, c.PublicBefore })
	private, privateBefore, more := x.between(func(c *plan.Change) (patch, before plan.JSON) { return c.Private, c.PrivateBefore })
	if public == "" && private == "" {
		return nil
	}
	c := x.like(last(x.after), last(x.before))
	c.Action, c.From, c.To, c.Admin, c.Nulls = plan.SetMetadata, "", "", "", nulls+more
	c.Public, c.PublicBefore, c.Private, c.PrivateBefore = public, publicBefore, private, privateBefore
	return &c
}

func last(list []plan.Change) *plan.Change {
	if len(list) == 0 {
		return nil
	}
	return &list[len(list)-1]
}

// between is the patch from one outcome of an object to the other, with the values that
// it replaces.
func (x *composer) between(of func(*plan.Change) (patch, before plan.JSON)) (patch, before plan.JSON, nulls int) {
	present := map[string]any{}
	for _, list := range [][]plan.Change{x.before, x.after} {
		for i := range list {
			_, known := of(&list[i])
			maps.Copy(present, plan.Decode([]byte(known)))
		}
	}
	outcome := func(list []plan.Change) map[string]any {
		object := maps.Clone(present)
		for i := range list {
			p, _ := of(&list[i])
			object = plan.Patched(object, plan.Decode([]byte(p)))
		}
		return object
	}
	have, want := outcome(x.before), outcome(x.after)
	nameAbsent(want, have)
	diff, replaced, nulls := plan.Patch(want, have)
	return plan.Canonical(diff), plan.Canonical(replaced), nulls
}

// nameAbsent names, with null, the keys that have has and want does not.
func nameAbsent(want, have map[string]any) {
	for key, value := range have {
		wanted, kept := want[key]
		if !kept {
			want[key] = nil
			continue
		}
		inner, object := value.(map[string]any)
		below, alike := wanted.(map[string]any)
		if object && alike {
			below = maps.Clone(below)
			want[key] = below
			nameAbsent(below, inner)
		}
	}
}
