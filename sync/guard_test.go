package sync

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// crowd is an organization with those members of ours and n changes of a kind.
func crowd(size, admins, n int, c Change) *OrganizationPlan {
	o := &OrganizationPlan{ID: "org_a", Members: size, Ours: size, AdminsBefore: admins}
	for i := range n {
		c.Organization, c.UserID, c.State = "org_a", fmt.Sprintf("u%05d", i), Ready
		o.Changes = append(o.Changes, c)
	}
	return o
}

var kinds = map[string]Change{
	"removals":       {Action: Remove, From: "org:member"},
	"admin_losses":   {Action: SetRole, From: "org:admin", To: "org:member", Admin: AdminLost},
	"admin_grants":   {Action: SetRole, From: "org:member", To: "org:admin", Admin: AdminGained},
	"adds":           {Action: Add, To: "org:member"},
	"role_changes":   {Action: SetRole, From: "org:member", To: "org:guest"},
	"metadata_nulls": {Action: SetMetadata, Public: `{"a":null}`, Nulls: 1},
}

// Each guard of the table just under, at and over its limit.
func TestS17EachGuardAtItsLimit(t *testing.T) {
	table := []struct {
		guard        string
		size, admins int
		least        int // the smallest number that is held
	}{
		{"removals", 1000, 1, 101},
		{"removals", 20, 1, 6},
		{"removals", 8, 1, 4},
		{"removals", 4, 1, 2},
		{"removals", 1, 1, 2},
		{"admin_losses", 1000, 100, 6},
		{"admin_losses", 1000, 6, 3},
		{"admin_losses", 1000, 3, 2},
		{"admin_losses", 1000, 1, 2},
		{"admin_grants", 1000, 1, 6},
		{"admin_grants", 3, 1, 6},
		{"adds", 1000, 1, 301},
		{"adds", 10, 1, 101},
		{"adds", 0, 0, 101},
		{"role_changes", 1000, 1, 201},
		{"role_changes", 10, 1, 21},
		{"metadata_nulls", 1000, 1, 101},
		{"metadata_nulls", 10, 1, 11},
	}
	for _, tt := range table {
		for _, n := range []int{0, tt.least - 2, tt.least - 1, tt.least, tt.least + 1} {
			if n < 0 {
				continue
			}
			o := crowd(tt.size, tt.admins, n, kinds[tt.guard])
			holds := DefaultGuards().checkApproved(o, o.Ours, tally{}, nil)
			want := n >= tt.least
			if got := len(holds) == 1 && holds[0].Guard == tt.guard; got != want || len(holds) > 1 {
				t.Errorf("%s: %d of %d members, %d admins: held %v, want %v (%+v)", tt.guard, n, tt.size, tt.admins, got, want, holds)
				continue
			}
			for _, c := range o.Changes {
				if (c.State == Held) != want {
					t.Fatalf("%s: %d: a change is %s", tt.guard, n, c.State)
				}
			}
			if want && (holds[0].Figure != n || holds[0].Changes != n || len(holds[0].Approval) != 64) {
				t.Errorf("%s: hold %+v", tt.guard, holds[0])
			}
		}
	}
}

func TestS17RunWide(t *testing.T) {
	for guard, least := range map[string]int{"removals": 501, "admin_losses": 51, "admin_grants": 51,
		"adds": 5001, "role_changes": 1001, "metadata_nulls": 1001} {
		for _, n := range []int{least - 1, least} {
			p := &Plan{}
			for i := range n {
				o := crowd(1_000_000, 1000, 1, kinds[guard])
				o.ID, o.Changes[0].Organization = fmt.Sprint("org_", i), fmt.Sprint("org_", i)
				p.Organizations = append(p.Organizations, *o)
			}
			holds := DefaultGuards().checkRun(p, tally{}, nil)
			if want := n >= least; (len(holds) == 1) != want || (p.Count(Held) == n) != want {
				t.Errorf("%s: %d: %d holds, %d held", guard, n, len(holds), p.Count(Held))
			}
		}
	}
}

// A catastrophe in one organization must not make room for one in another.
func TestS17RunCountsWhatOrganizationsHold(t *testing.T) {
	big, small := crowd(600, 1, 600, kinds["removals"]), crowd(100_000, 1, 10, kinds["removals"])
	small.ID = "org_b"
	g := DefaultGuards()
	holds := append(g.checkApproved(big, 600, tally{}, nil), g.checkApproved(small, 100_000, tally{}, nil)...)
	p := &Plan{Organizations: []OrganizationPlan{*big, *small}}
	holds = append(holds, g.checkRun(p, tally{}, nil)...)
	if len(holds) != 2 || holds[1].Organization != "" || holds[1].Figure != 610 || holds[1].Changes != 10 || p.Count(Ready) != 0 {
		t.Errorf("%d ready, holds %+v", p.Count(Ready), holds)
	}
}

func TestS17LimitText(t *testing.T) {
	g := DefaultGuards()
	for want, l := range map[string]Limit{
		"more than 10 % where that is over 5 people, and half or more from 2 people on": g.Removals,
		"more than 5 people, and half or more from 2 people on":                         g.AdminLosses,
		"more than 30 % where that is over 100 people":                                  g.Adds,
	} {
		if got := l.text(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestS23ApprovalIsForOneSet(t *testing.T) {
	g := DefaultGuards()
	fresh := func(n int) *OrganizationPlan { return crowd(20, 1, n, kinds["removals"]) }
	hash := g.checkApproved(fresh(6), 20, tally{}, nil)[0].Approval
	if o := fresh(6); len(g.checkApproved(o, 20, tally{}, newApprovals([]string{"other", hash}, nil, time.Time{}))) != 0 || o.Changes[0].State != Ready || o.Changes[0].Why != approvedWhy {
		t.Errorf("the approved set is %+v", o.Changes[0])
	}
	if o := fresh(7); len(g.checkApproved(o, 20, tally{}, newApprovals([]string{hash}, nil, time.Time{}))) != 1 || o.Changes[0].State != Held {
		t.Error("a larger set passed")
	}
	o := fresh(6)
	for i := range o.Changes {
		o.Changes[i].Because, o.Changes[i].Email, o.Changes[i].Name = "another reason", "moved@corp.example", "Other"
	}
	slices.Reverse(o.Changes)
	if len(g.checkApproved(o, 20, tally{}, newApprovals([]string{hash}, nil, time.Time{}))) != 0 {
		t.Error("reasons, addresses or order changed the hash")
	}
}

// Approved changes count in no guard of the run; blocks are never approved.
func TestS23ApprovedDoNotCountAndBlocksStay(t *testing.T) {
	g := DefaultGuards()
	o := crowd(600, 1, 600, kinds["removals"])
	hash := g.checkApproved(o, 600, tally{}, nil)[0].Approval
	o = crowd(600, 1, 600, kinds["removals"])
	g.checkApproved(o, 600, tally{}, newApprovals([]string{hash}, nil, time.Time{}))
	p := &Plan{Organizations: []OrganizationPlan{*o}}
	if holds := g.checkRun(p, tally{}, nil); len(holds) != 0 || p.Count(Ready) != 600 {
		t.Errorf("approved changes were counted: %+v", holds)
	}
	blocked := crowd(600, 1, 600, kinds["removals"])
	blocked.hold(func(*Change) bool { return true }, "S15")
	if holds := g.checkApproved(blocked, 600, tally{}, newApprovals([]string{hash}, nil, time.Time{})); len(holds) != 0 || blocked.countReady(guards[0]) != 0 {
		t.Errorf("an approval lifted S15: %+v", holds)
	}
}

func TestS23RunWideApproval(t *testing.T) {
	plan := func() *Plan {
		p := &Plan{}
		for i := range 501 {
			o := crowd(1_000_000, 1, 1, kinds["removals"])
			o.ID, o.Changes[0].Organization = fmt.Sprint("org_", i), fmt.Sprint("org_", i)
			p.Organizations = append(p.Organizations, *o)
		}
		return p
	}
	g := DefaultGuards()
	hash := g.checkRun(plan(), tally{}, nil)[0].Approval
	p := plan()
	if holds := g.checkRun(p, tally{}, newApprovals([]string{hash}, nil, time.Time{})); len(holds) != 0 || p.Count(Ready) != 501 {
		t.Errorf("holds %+v", holds)
	}
}

func TestS17BothGuardsNameThemselves(t *testing.T) {
	o := crowd(6, 6, 6, Change{Action: Remove, From: "org:admin", Admin: AdminLost})
	holds := DefaultGuards().checkApproved(o, 6, tally{}, nil)
	if len(holds) != 2 || holds[0].Approval != holds[1].Approval || !strings.Contains(o.Changes[0].Why, "guard removals (S17), guard admin_losses (S17)") {
		t.Errorf("%+v, %q", holds, o.Changes[0].Why)
	}
	if kindOf("removals")(&Change{Action: Add}) {
		t.Error("an add is a removal")
	}
}

func TestS23AnApprovalThatFitsNothingIsSaid(t *testing.T) {
	g, o := DefaultGuards(), crowd(20, 1, 6, kinds["removals"])
	fits, other := g.checkApproved(o, 20, tally{}, nil)[0].Approval, strings.Repeat("0", 64)
	for i := range o.Changes {
		o.Changes[i].State, o.Changes[i].Why = Ready, ""
	}
	a := newApprovals([]string{fits, other}, nil, time.Time{})
	g.checkApproved(o, 20, tally{}, a)
	if notes := a.stale(nil); len(notes) != 1 || !strings.Contains(notes[0].Text, "approval 000000000000… fits nothing") {
		t.Errorf("notes %+v", notes)
	}
}

// checkApproved is what judge makes of the guards of one organization.
func (g Guards) checkApproved(o *OrganizationPlan, changeable int, done tally, approved *approvals) []Hold {
	return o.approve(g.check(o, changeable, done), approved)
}
