package sync_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// invited is acme with ann, who is a user, and a file with two newcomers.
func invited(t *testing.T, invitations ...sandbox.Invitation) *world {
	t.Helper()
	for i := range invitations {
		invitations[i].OrganizationID, invitations[i].CreatedAt = "org_acme", time.Now().UnixMilli()
	}
	w := newWorld(t, &sandbox.Seed{Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}},
		Users:       []sandbox.User{{ID: "user_ann", Email: "ann@corp.example"}},
		Memberships: []sandbox.Membership{{OrganizationID: "org_acme", UserID: "user_ann", Role: "org:admin", PrivateMetadata: marker("rollcall", "hr", "1")}},
		Invitations: invitations})
	w.config.MissingUsers, w.config.EmailDomains = policy.MissingInvite, []string{"Corp.example"}
	w.csv.Columns.ID, w.csv.Columns.Email, w.csv.Columns.Organization, w.csv.Columns.Role = "id", "email", "org", "role"
	w.file("id,email,org,role\n1,ann@corp.example,acme,org:admin\n2,New@corp.example,acme,org:member\n3,out@else.example,acme,org:member\n")
	return w
}

func (w *world) pending() []sandbox.Invitation {
	var out []sandbox.Invitation
	for _, i := range w.clerk.Snapshot().Invitations {
		if i.Status == "" || i.Status == "pending" {
			out = append(out, i)
		}
	}
	return out
}

// Whom no user answers is invited, once, with role and marker; the membership
// that comes of it is ours. Nobody outside of email_domains is.
func TestS07Invite(t *testing.T) {
	t.Parallel()
	w := invited(t)
	r := w.run(sync.Run{Apply: true})
	list := w.pending()
	if r.Tally(apply.Done) != 1 || len(list) != 1 || list[0].Email != "new@corp.example" || list[0].Role != "org:member" ||
		string(list[0].PrivateMetadata) != string(marker("rollcall", "hr", "2")) {
		t.Fatalf("outcomes %+v, pending %+v", r.Outcomes, list)
	}
	if notes := fmt.Sprint(r.Plan.Organizations[0].Notes); !strings.Contains(notes, "out@else.example: not invited, because the domain is not in email_domains") {
		t.Errorf("notes %s", notes)
	}
	if p := w.run(sync.Run{}).Plan; p.Count(plan.Ready) != 0 || !strings.Contains(fmt.Sprint(p.Organizations[0].Notes), "invitation as org:member is pending") {
		t.Errorf("a second time: %+v", p.Organizations)
	}
	user, err := w.clerk.AddUser(sandbox.User{ID: "user_new", Email: "new@corp.example"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.clerk.AcceptInvitation(list[0].ID, user); err != nil {
		t.Fatal(err)
	}
	if p := w.run(sync.Run{}).Plan; p.Count(plan.Ready) != 0 || p.Organizations[0].Ours != 2 {
		t.Errorf("accepted: %+v", p.Organizations)
	}
}

// Only what is ours and wanted by nobody is revoked.
func TestS26InvitationsOfOthersStay(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name, email, id, owner string
		removals               policy.Removals
		revoked                bool
	}{
		{name: "ours, of a leaver", email: "gone@corp.example", id: "9", owner: "rollcall", revoked: true},
		{name: "another owner's", email: "gone@corp.example", id: "9", owner: "other"},
		{name: "sent by hand", email: "gone@corp.example"},
		{name: "of somebody wanted", email: "new@corp.example", id: "9", owner: "rollcall"},
		{name: "removals: none", email: "gone@corp.example", id: "9", owner: "rollcall", removals: policy.RemovalsNone},
	} {
		t.Run(x.name, func(t *testing.T) {
			inv := sandbox.Invitation{ID: "orginv_1", Email: x.email, Role: "org:member"}
			if x.owner != "" {
				inv.PrivateMetadata = marker(x.owner, "hr", x.id)
			}
			w := invited(t, inv)
			if x.removals != "" {
				w.config.Removals = x.removals
			}
			w.run(sync.Run{Apply: true})
			still := false
			for _, i := range w.pending() {
				still = still || i.ID == "orginv_1"
			}
			if still == x.revoked {
				t.Errorf("still pending: %t", still)
			}
		})
	}
}

// An answer that was lost costs nobody a second mail.
func TestS32LostInvitation(t *testing.T) {
	t.Parallel()
	w := invited(t)
	if err := w.clerk.SetFaults(sandbox.Fault{Method: "POST", DropAfterEffect: true, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if r := w.run(sync.Run{Apply: true}); r.Tally(apply.Done) != 1 {
		t.Errorf("outcomes %+v", r.Outcomes)
	}
	w.run(sync.Run{Apply: true})
	if all := w.clerk.Snapshot().Invitations; len(all) != 1 {
		t.Errorf("invitations %+v", all)
	}
}

// More than Clerk takes in an hour wait for a later run: 250 alone, and 50
// times 10 of one organization.
func TestInvitationsOfAnHour(t *testing.T) {
	t.Parallel()
	w := invited(t)
	w.config.Guards.Adds = policy.Limit{People: 1000}
	var csv strings.Builder
	csv.WriteString("id,email,org,role\n1,ann@corp.example,acme,org:admin\n")
	for i := range 760 {
		fmt.Fprintf(&csv, "n%d,n%03d@corp.example,acme,org:member\n", i, i)
	}
	w.file(csv.String())
	p := w.run(sync.Run{}).Plan
	changes := p.Organizations[0].Changes
	if p.Count(plan.Ready) != 750 || p.Count(plan.Skipped) != 10 || changes[0].State != plan.Ready || changes[759].SkippedFor() != plan.InvitationLimit {
		t.Errorf("%d ready, %d skipped, the last %+v", p.Count(plan.Ready), p.Count(plan.Skipped), changes[759])
	}
	if q := p.Invitations; q == nil || q.Now != 750 || q.Later != 10 || (time.Until(q.Last)-time.Hour).Abs() > time.Minute {
		t.Errorf("forecast %+v", q)
	}
	want := []plan.Calls{{Kind: "POST /organizations/{organization_id}/invitations", Calls: 250}, {Kind: "POST /organizations/{organization_id}/invitations/bulk", Calls: 50}}
	if got := fmt.Sprint(p.Cost.Writes); got != fmt.Sprint(want) {
		t.Errorf("writes %s", got)
	}
}
