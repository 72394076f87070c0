package sync

import "testing"

// The figures after a run are those before it and what was done, and nothing
// that was only planned, found, or failed.
func TestReportNow(t *testing.T) {
	c := func(action Action, admin AdminEffect, id string) Change {
		return Change{Action: action, Organization: "org_a", Admin: admin, ID: id}
	}
	r := &Report{Outcomes: []Outcome{
		{Change: c(Add, AdminGained, "1"), Result: Done},
		{Change: c(CreateUser, "", "2"), Result: Done},
		{Change: c(Adopt, "", "3"), Result: Done},
		{Change: c(Remove, AdminLost, "4"), Result: Done},
		{Change: c(Remove, "", ""), Result: Done},
		{Change: c(SetRole, AdminGained, "5"), Result: Done},
		{Change: c(Invite, AdminGained, "6"), Result: Done},
		{Change: c(Add, AdminGained, "7"), Result: Failed},
		{Change: c(Add, "", "8"), Result: Found},
		{Change: Change{Action: Add, Organization: "org_b"}, Result: Done},
	}}
	members, ours, admins := r.Now(&OrganizationPlan{ID: "org_a", Members: 10, Ours: 5, AdminsBefore: 2})
	if members != 10 || ours != 7 || admins != 3 {
		t.Errorf("%d members, %d ours, %d admins", members, ours, admins)
	}
}
