package sync

import (
	"testing"

	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// The figures after a run are those before it and what was done or was so already,
// and nothing that was only planned, or failed.
func TestReportNow(t *testing.T) {
	t.Parallel()
	c := func(action plan.Action, admin plan.AdminEffect, id string) plan.Change {
		return plan.Change{Action: action, Organization: "org_a", Admin: admin, ID: id}
	}
	r := &Report{Sent: apply.Sent{Outcomes: []apply.Outcome{
		{Change: c(plan.Add, plan.AdminGained, "1"), Result: apply.Done},
		{Change: c(plan.CreateUser, "", "2"), Result: apply.Done},
		{Change: c(plan.Adopt, "", "3"), Result: apply.Done},
		{Change: c(plan.Remove, plan.AdminLost, "4"), Result: apply.Done},
		{Change: c(plan.Remove, "", ""), Result: apply.Done},
		{Change: c(plan.SetRole, plan.AdminGained, "5"), Result: apply.Done},
		{Change: c(plan.Invite, plan.AdminGained, "6"), Result: apply.Done},
		{Change: c(plan.Add, plan.AdminGained, "7"), Result: apply.Failed},
		{Change: c(plan.Add, "", "8"), Result: apply.Found},
		{Change: c(plan.Add, plan.AdminGained, "9"), Result: apply.Found},
		{Change: c(plan.Remove, plan.AdminLost, "10"), Result: apply.Found},
		{Change: c(plan.Remove, plan.AdminLost, "11"), Result: apply.Failed},
		{Change: c(plan.CreateUser, "", "12"), Result: apply.Found}, // the next run adds them
		{Change: plan.Change{Action: plan.Add, Organization: "org_b"}, Result: apply.Done},
	}}}
	members, ours, admins := r.Now(&plan.Organization{ID: "org_a", Members: 10, Ours: 5, AdminsBefore: 2})
	if members != 11 || ours != 6 || admins != 2 {
		t.Errorf("%d members, %d ours, %d admins", members, ours, admins)
	}
}
