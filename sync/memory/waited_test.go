package memory

import (
	"fmt"
	"testing"

	"rollcall/sync/plan"
)

func heldBy(email string, reasons ...plan.Reason) plan.Change {
	c := plan.Change{Action: plan.Remove, Organization: "org_1", Email: email, From: "org:member", State: plan.Ready}
	for _, r := range reasons {
		c.Hold(r)
	}
	return c
}

// What waits for approval is told from what waits for a fix, and both from what is
// skipped; what is ready is in none of them.
func TestWaitedHasWhatIsHeld(t *testing.T) {
	skipped := heldBy("eve@corp.example")
	skipped.Skip(plan.Protected)
	p := &plan.Plan{Organizations: []plan.Organization{
		{ID: "org_1", Slug: "acme", Notes: []plan.Note{{Text: "n"}}, Changes: []plan.Change{heldBy("ada@corp.example", plan.Removals), heldBy("ben@corp.example", plan.Removals, plan.FailedSource), heldBy("cleo@corp.example"), skipped}},
		{ID: "org_2", Changes: []plan.Change{heldBy("dora@corp.example")}}}}
	w := ReadWaited(WaitedIn(p, true).Raw())
	if len(w.Approval) != 1 || len(w.Fix) != 1 || w.Count() != 2 || !w.Part {
		t.Fatalf("%+v", w)
	}
	if a, f := w.Approval[0], w.Fix[0]; a.Label() != "acme" || len(a.Notes) != 0 || a.Changes[0].Email != "ada@corp.example" || a.Changes[0].Why == "" || f.Changes[0].Email != "ben@corp.example" {
		t.Errorf("%+v", w)
	}
	if len(w.Skipped) != 1 || len(w.Skipped[0].Changes) != 1 || w.Skipped[0].Changes[0].Email != "eve@corp.example" || w.Skipped[0].Changes[0].Why == "" {
		t.Errorf("skipped: %+v", w.Skipped)
	}
	for _, raw := range []string{"", "{", `{"approval": 1}`} {
		if got := ReadWaited([]byte(raw)); got != nil {
			t.Errorf("%s: %+v", raw, got)
		}
	}
	if none := ReadWaited(WaitedIn(&plan.Plan{}, false).Raw()); none == nil || none.Count() != 0 || none.Part {
		t.Errorf("nothing waits, which is known: %+v", none)
	}
}

// Of thousands the first are kept, and everybody who would become admin (S43).
func TestS43WaitedKeepsNewAdmins(t *testing.T) {
	o := plan.Organization{ID: "org_1"}
	for i := range mostWaited + 5 {
		o.Changes = append(o.Changes, heldBy(fmt.Sprintf("p%d@corp.example", i), plan.Removals))
	}
	admin := heldBy("zoe@corp.example", plan.AdminGrants)
	admin.Admin = plan.AdminGained
	o.Changes = append(o.Changes, admin)
	for i := range mostSkipped + 2 {
		c := heldBy(fmt.Sprintf("s%d@corp.example", i))
		c.Skip(plan.Protected)
		o.Changes = append(o.Changes, c)
	}
	skipped := admin
	skipped.State = plan.Ready
	skipped.Skip(plan.Protected)
	o.Changes = append(o.Changes, skipped)
	w := WaitedIn(&plan.Plan{Organizations: []plan.Organization{o}}, false)
	kept := w.Approval[0].Changes
	if len(kept) != mostWaited+1 || w.More != 5 || w.Count() != mostWaited+6 || kept[mostWaited].Email != "zoe@corp.example" {
		t.Errorf("%d kept, %d more", len(kept), w.More)
	}
	if left := w.Skipped[0].Changes; len(left) != mostSkipped+1 || w.MoreSkipped != 2 || left[mostSkipped].Email != "zoe@corp.example" {
		t.Errorf("%d skipped, %d more", len(left), w.MoreSkipped)
	}
}
