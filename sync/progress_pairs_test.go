package sync_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

const (
	kindDelete = "DELETE /organizations/{organization_id}/memberships/{user_id}"
	kindAdd    = "POST /organizations/{organization_id}/memberships"
)

// inBubble runs a test in fake time with n people who wait to be added.
func inBubble(t *testing.T, action string, n int, test func(t *testing.T, p *progress)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newProgress(t, gainsOfClerk[action], n)
		defer func() { _ = p.db.Close() }() // each write was on disk when it returned
		test(t, p)
	})
}

// seats changes the seats of the organization's subscription.
func (p *progress) seats(n int) {
	p.t.Helper()
	seed := p.clerk.Snapshot()
	seed.Organizations[0].Seats = n
	if err := p.clerk.Reset(seed); err != nil {
		p.t.Fatal(err)
	}
}

// Seats that really count: who leaves makes room, whoever finds a seat gets it,
// one call in vain says that there are no more, and bought seats are used within
// two runs. Nobody is told of the number of seats beforehand.
func TestS39SeatsOfASubscription(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"adds", "invitations", "creations"} {
		t.Run(action, func(t *testing.T) {
			inBubble(t, action, 50, func(t *testing.T, p *progress) {
				p.seats(5) // all are taken; three of them become free
				access := 3
				for run := 1; run <= 12; run++ {
					if run == 8 {
						p.seats(100)
						access = 50
					}
					before := p.calls()
					in := p.in()
					r := p.apply(sync.Run{})
					if action != "creations" { // a user is created before the seat is asked for
						if futile := p.calls() - before - (p.in() - in); futile > 1 {
							t.Errorf("run %d: %d calls in vain", run, futile)
						}
					}
					if left := p.lossesLeft(); len(left) > 0 || r.Tally(apply.Failed) > 0 || r.NotTried > 0 {
						t.Errorf("run %d: left %v, %d failed, %d not tried", run, left, r.Tally(apply.Failed), r.NotTried)
					}
					if run >= 3 && run != 8 && p.in() != access {
						t.Errorf("run %d: %d have access, want %d", run, p.in(), access)
					}
				}
				if made := p.plan(); made.Count(plan.Ready)+made.Count(plan.Skipped) > 0 {
					t.Errorf("in the end %d are ready and %d skipped", made.Count(plan.Ready), made.Count(plan.Skipped))
				}
			})
		})
	}
}

// While Clerk goes on refusing, the plans take turns: one foretells, the next one
// tries. No run makes more than one call in vain, and none is a failure.
func TestS39RefusalThatLasts(t *testing.T) {
	t.Parallel()
	inBubble(t, "adds", 20, func(t *testing.T, p *progress) {
		p.refuse(sandbox.Code{Code: "insufficient_seats", Status: 402})
		for run := 1; run <= 6; run++ {
			before := p.calls()
			made := p.plan()
			skipped, ready := p.waiting(made)
			r := p.apply(sync.Run{})
			calls, tries := p.calls()-before, run%2 == 1
			if (calls == 1) != tries || !tries && (skipped[plan.SeatRefused] != 20 || ready > 0) || r.Tally(apply.Failed) > 0 {
				t.Errorf("run %d: %d calls, skipped %v, %d ready, %d failed", run, calls, skipped, ready, r.Tally(apply.Failed))
			}
			if told := strings.Contains(fmt.Sprint(made.Organizations[0].Notes), "insufficient_seats"); told != (tries && run > 1) {
				t.Errorf("run %d: the plan notes %v", run, made.Organizations[0].Notes)
			}
		}
	})
}

// Without a state directory only the run itself knows: one call in vain each.
func TestS39WithoutState(t *testing.T) {
	t.Parallel()
	inBubble(t, "adds", 20, func(t *testing.T, p *progress) {
		p.refuse(sandbox.Code{Code: "insufficient_seats", Status: 402})
		p.options = nil
		for range 2 {
			before := p.calls()
			r := p.run(sync.Run{Apply: true})
			if p.calls()-before != 1 || r.Tally(apply.Dropped) != 20 || len(p.lossesLeft()) > 0 {
				t.Errorf("%d calls, %d left out, left %v", p.calls()-before, r.Tally(apply.Dropped), p.lossesLeft())
			}
		}
	})
}

// A limited run that foretells counts as told, and one of another organization
// does not: nobody waits for ever because runs are limited.
func TestS39LimitedRuns(t *testing.T) {
	t.Parallel()
	inBubble(t, "adds", 5, func(t *testing.T, p *progress) {
		p.refuse(sandbox.Code{Code: "insufficient_seats", Status: 402})
		p.apply(sync.Run{})
		if err := p.clerk.SetFaults(); err != nil {
			t.Fatal(err)
		}
		p.apply(sync.Run{Organization: "acme"})
		p.apply(sync.Run{Organization: "acme"})
		if p.in() != 5 {
			t.Errorf("%d of 5 have access", p.in())
		}
	})
}

// Failures of losses stop the losses at their budget, say so, and stop nothing
// else; those of gains do the same on their side.
func TestS39BudgetsAreApart(t *testing.T) {
	t.Parallel()
	for _, side := range []struct{ kind, word string }{{kindDelete, "calls that remove access"}, {kindAdd, "calls that give access"}} {
		inBubble(t, "adds", 120, func(t *testing.T, p *progress) {
			p.apply(sync.Run{}) // all are in: now they leave, and 120 others come
			p.people("boss,boss@corp.example,acme,org:admin\ndemoted,demoted@corp.example,acme,org:member\n" + p.others(120))
			if err := p.clerk.SetFaults(sandbox.Fault{Kind: side.kind, Status: 422, Code: "form_param_unknown"}); err != nil {
				t.Fatal(err)
			}
			r := p.apply(sync.Run{})
			if r.Tally(apply.Done) != 120 || len(r.Stopped) != 1 || !strings.Contains(r.Stopped[0].Text, side.word+" failed, which is more than error_budget (50 %)") {
				t.Errorf("%s: %d done, stopped %+v", side.kind, r.Tally(apply.Done), r.Stopped)
			}
			if failed := r.Tally(apply.Failed); failed < 10 || failed > 50 || failed+r.NotTried != 120 {
				t.Errorf("%s: %d failed, %d not tried", side.kind, failed, r.NotTried)
			}
			if err := p.clerk.SetFaults(); err != nil {
				t.Fatal(err)
			}
			p.apply(sync.Run{})
			if n := len(p.members("org_acme")); n != 122 {
				t.Errorf("%s: %d members in the end", side.kind, n)
			}
		})
	}
}

// others makes n users, and their rows.
func (p *progress) others(n int) string {
	p.t.Helper()
	var rows strings.Builder
	for i := range n {
		if _, err := p.clerk.AddUser(sandbox.User{ID: fmt.Sprintf("user_m%d", i), Email: fmt.Sprintf("m%d@corp.example", i)}); err != nil {
			p.t.Fatal(err)
		}
		fmt.Fprintf(&rows, "m%d,m%d@corp.example,acme,org:member\n", i, i)
	}
	return rows.String()
}

// The last admin waits for the successor, and for nobody else: neither adds that
// Clerk keeps waiting nor refused ones keep the admin in. Without a successor the
// admin stays, and the others go (S19).
func TestS39LastAdminWaitsForTheSuccessorOnly(t *testing.T) {
	t.Parallel()
	for _, fault := range []sandbox.Fault{{Kind: kindAdd, Status: 429, RetryAfter: 5}, {Kind: kindAdd, Code: "insufficient_seats"}, {Kind: kindAdd, Code: "form_param_unknown"}} {
		for _, refused := range []bool{false, true} {
			inBubble(t, "adds", 5, func(t *testing.T, p *progress) {
				p.apply(sync.Run{})
				p.people("demoted,demoted@corp.example,acme,org:admin\n" + p.others(60)) // boss leaves, and so do the five
				faults := []sandbox.Fault{fault}
				if refused {
					faults = append(faults, sandbox.Fault{Method: "PATCH", Path: "/organizations/org_acme/memberships/user_demoted", Code: "form_param_value_invalid"})
				}
				if err := p.clerk.SetFaults(faults...); err != nil {
					t.Fatal(err)
				}
				p.clerk.ForgetRequests()
				began := time.Now()
				r := p.apply(sync.Run{})
				members := p.members("org_acme")
				if _, in := members["user_boss"]; in != refused || p.admins() != 1 {
					t.Errorf("%s, refused %t: the last admin is in %t, %d admins: %+v", fault.Code, refused, in, p.admins(), r.Outcomes)
				}
				if want := map[bool]int{false: 1, true: 2}[refused]; len(members) != want {
					t.Errorf("%s, refused %t: %d members, want %d", fault.Code, refused, len(members), want)
				}
				for _, sent := range p.clerk.Requests(kindDelete) {
					if took := sent.Time.Sub(began); took > time.Second {
						t.Errorf("%s, refused %t: %s after %s", fault.Code, refused, sent.Path, took)
					}
				}
				if err := p.clerk.SetFaults(); err != nil {
					t.Fatal(err)
				}
				p.apply(sync.Run{})
				p.apply(sync.Run{})
				if n := len(p.members("org_acme")); n != 61 || p.admins() != 1 {
					t.Errorf("%s, refused %t: %d members and %d admins in the end", fault.Code, refused, n, p.admins())
				}
			})
		}
	}
}

func (p *progress) admins() (n int) {
	for _, m := range p.members("org_acme") {
		if m.Role == "org:admin" {
			n++
		}
	}
	return n
}

// Gains that Clerk keeps waiting delay no loss: it is sent before them.
func TestS39NoDelay(t *testing.T) {
	t.Parallel()
	for _, fault := range []sandbox.Fault{{Kind: kindAdd, Status: 429, RetryAfter: 10}, {Kind: kindAdd, Status: 503}, {Kind: kindAdd, Delay: sandbox.Duration(50 * time.Second)}} {
		inBubble(t, "adds", 60, func(t *testing.T, p *progress) {
			if err := p.clerk.SetFaults(fault); err != nil {
				t.Fatal(err)
			}
			p.clerk.ForgetRequests()
			began := time.Now()
			p.apply(sync.Run{})
			for _, r := range p.clerk.Requests(kindDelete) {
				if took := r.Time.Sub(began); took > time.Second {
					t.Errorf("%+v: a removal after %s", fault, took)
				}
			}
			if left := p.lossesLeft(); len(left) > 0 {
				t.Errorf("%+v: left %v", fault, left)
			}
		})
	}
}

// The same over real HTTP: fifty refused joiners, two leavers (the case that was
// found), and the refusal of a quota of users.
func TestS39OverHTTP(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		kind   string
		code   string
		reason plan.Reason
	}{
		{kindAdd, "insufficient_seats", plan.SeatRefused},
		{kindAdd, "role_migration_in_progress", plan.RoleMigration},
		{kindAdd, "quota_exceeded", plan.QuotaRefused},
		{kindAdd, "unsupported_subscription_plan_features", plan.PlanRefused},
		{kindAdd, "form_param_value_invalid", 0},
		{kindAdd, "clerk_key_invalid", 0},
	} {
		seed := &sandbox.Seed{Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}}}
		var rows strings.Builder
		rows.WriteString("id,email,org,role\n")
		for i := range 50 {
			seed.Users = append(seed.Users, sandbox.User{ID: fmt.Sprintf("user_n%d", i), Email: fmt.Sprintf("n%d@corp.example", i)})
			fmt.Fprintf(&rows, "n%d,n%d@corp.example,acme,org:member\n", i, i)
		}
		for i := range 2 {
			id := fmt.Sprintf("user_l%d", i)
			seed.Users = append(seed.Users, sandbox.User{ID: id, Email: fmt.Sprintf("l%d@corp.example", i)})
			seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_acme", UserID: id, PrivateMetadata: marker("rollcall", "hr", fmt.Sprint("l", i))})
		}
		w := newWorld(t, seed)
		w.csv.Columns.ID, w.csv.Columns.Email, w.csv.Columns.Organization, w.csv.Columns.Role = "id", "email", "org", "role"
		w.config.Guards.Removals, w.config.Guards.Adds.People = policy.Limit{Percent: 100, People: 100}, 100
		w.file(rows.String())
		if err := w.clerk.SetFaults(sandbox.Fault{Kind: x.kind, Code: x.code}); err != nil {
			t.Fatal(err)
		}
		r := w.run(sync.Run{Apply: true})
		if n := len(w.members("org_acme")); n != 0 {
			t.Errorf("%s: %d leavers are in still: %+v", x.code, n, r.Plan.Holds)
		}
		calls := len(w.clerk.Requests(x.kind))
		if x.reason != 0 && (calls != 1 || r.Tally(apply.Dropped) != 50 || r.Tally(apply.Failed) > 0) || calls > 10 {
			t.Errorf("%s: %d calls, %d left out, %d failed", x.code, calls, r.Tally(apply.Dropped), r.Tally(apply.Failed))
		}
		if err := w.clerk.SetFaults(); err != nil {
			t.Fatal(err)
		}
		w.run(sync.Run{Apply: true})
		if n := len(w.members("org_acme")); n != 50 {
			t.Errorf("%s: %d members in the end", x.code, n)
		}
	}
}

// A service asks an organization less often whose losses got no answer. Gains
// without an answer do not count: whoever leaves meanwhile would wait for them.
func TestS39GainsNeverSetAnOrganizationAside(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		kind string
		down bool
	}{{kindAdd, false}, {kindDelete, true}} {
		inBubble(t, "adds", 60, func(t *testing.T, p *progress) {
			p.apply(sync.Run{})
			p.people("boss,boss@corp.example,acme,org:admin\ndemoted,demoted@corp.example,acme,org:member\n" + p.others(60))
			if err := p.clerk.SetFaults(sandbox.Fault{Kind: x.kind, Status: 503}); err != nil {
				t.Fatal(err)
			}
			if r := p.apply(sync.Run{}); r.Down["org_acme"] != x.down || len(r.Stopped) != 1 {
				t.Errorf("%s: down %v, stopped %v", x.kind, r.Down, r.Stopped)
			}
		})
	}
}

// Clerk refuses so many removals for good that the error budget ends the others. An admin
// who has left is out in the same run, and everybody else within a few: each run begins
// at another place.
func TestS39RefusedRemovalsKeepNobodyElseIn(t *testing.T) {
	t.Parallel()
	inBubble(t, "adds", 120, func(t *testing.T, p *progress) {
		admins := "boss,boss@corp.example,acme,org:admin\ndemoted,demoted@corp.example,acme,org:admin\n"
		p.people(admins + p.newcomers("org:member"))
		p.apply(sync.Run{})
		p.people("boss,boss@corp.example,acme,org:admin\n")
		var faults []sandbox.Fault
		for i := range 80 {
			faults = append(faults, sandbox.Fault{Method: "DELETE", Path: fmt.Sprintf("/organizations/org_acme/memberships/user_n%d", i), Status: 422, Code: "form_param_unknown"})
		}
		if err := p.clerk.SetFaults(faults...); err != nil {
			t.Fatal(err)
		}
		if r := p.apply(sync.Run{}); len(r.Stopped) != 1 || r.NotTried == 0 || p.admins() != 1 {
			t.Errorf("the first run: stopped %+v, %d not tried, %d admins", r.Stopped, r.NotTried, p.admins())
		}
		runs := 1
		for ; len(p.members("org_acme")) > 81 && runs < 20; runs++ {
			p.apply(sync.Run{})
		}
		if n := len(p.members("org_acme")); n != 81 {
			t.Errorf("after %d runs %d are members: of those who left, only the 80 whom Clerk refuses may be", runs, n)
		}
	})
}
